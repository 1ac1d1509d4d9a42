output "key_arn" {
  description = "ARN of the key, once its policy stands."
  value       = one(aws_kms_key.this[*].arn)
}
