output "producer_policy" {
  description = "The policy of those who log: arn, to attach, and json, to put into a policy of one's own."
  value = {
    arn  = try(aws_iam_policy.this[0].arn, null)
    json = try(data.aws_iam_policy_document.this[0].json, null)
  }
}

output "producer_role" {
  description = "The role that other accounts take to log: name and arn; null without producers.accounts."
  value = {
    name = try(aws_iam_role.this[0].name, null)
    arn  = try(aws_iam_role.this[0].arn, null)
  }
}
