output "steps" {
  description = "What the function did in its last run, step by step: step, state (created, updated, unchanged, removed or left_out) and detail. None where that run failed."
  value       = local.done == local.asked ? try(jsondecode(aws_lambda_invocation.this[0].result).steps, []) : []
}

output "domain_arn" {
  description = "ARN of the domain, known once the domain is set up: what takes it from here waits for that."
  value       = var.target.arn

  depends_on = [aws_lambda_invocation.this]
}

output "role" {
  description = "The function's role: name and arn. It stands before the domain does."
  value = {
    name = try(aws_iam_role.this[0].name, null)
    arn  = try(aws_iam_role.this[0].arn, null)
  }
}

output "function" {
  description = "The function: name and arn."
  value = {
    name = try(aws_lambda_function.this[0].function_name, null)
    arn  = try(aws_lambda_function.this[0].arn, null)
  }
}
