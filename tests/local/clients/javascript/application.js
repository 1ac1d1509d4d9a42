// Puts documents into a stream, tries what is refused, and prints what came of each call.
import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  PutRecordBatchCommand,
  PutRecordCommand,
} from "@aws-sdk/client-firehose";

const [stream, ...documents] = process.argv.slice(2);
const client = new FirehoseClient({ maxAttempts: 1 });
const record = (text) => ({ Data: new TextEncoder().encode(text) });
const records = documents.map(record);

async function outcome(command) {
  try {
    return await client.send(command);
  } catch (error) {
    return { error: error.name, message: error.message, status: error.$metadata?.httpStatusCode };
  }
}

const bucket = { RoleARN: "arn:aws:iam::123456789012:role/writer", BucketARN: "arn:aws:s3:::b" };

const outcomes = {
  describe: await outcome(new DescribeDeliveryStreamCommand({ DeliveryStreamName: stream })),
  one: await outcome(
    new PutRecordCommand({ DeliveryStreamName: stream, Record: records[0] }),
  ),
  batch: await outcome(
    new PutRecordBatchCommand({ DeliveryStreamName: stream, Records: records.slice(1) }),
  ),
  tooMany: await outcome(
    new PutRecordBatchCommand({ DeliveryStreamName: stream, Records: Array(501).fill(records[0]) }),
  ),
  unknown: await outcome(
    new PutRecordCommand({ DeliveryStreamName: "nothing", Record: records[0] }),
  ),
  unsupported: await outcome(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: "to-a-bucket",
      ExtendedS3DestinationConfiguration: bucket,
    }),
  ),
};

console.log(JSON.stringify(outcomes));
