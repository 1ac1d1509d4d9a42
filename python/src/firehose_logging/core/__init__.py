"""The handler and its parts; needs boto3 and python-json-logger only."""
