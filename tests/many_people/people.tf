# More people than a hand writes, for tests: the variables of a run take no functions in OpenTofu.
output "alike" {
  value = [for number in range(150) : "arn:aws:iam::123456789012:role/people/readers-of-the-logs-${number}"]
}

output "unlike" {
  value = [for number in range(150) : "arn:aws:iam::123456789012:role/${sha256(number)}"]
}
