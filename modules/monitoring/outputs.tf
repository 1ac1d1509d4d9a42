output "alarms" {
  description = "The alarms: ARN by name."
  value       = { for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name => alarm.arn }
}

output "dashboard" {
  description = "Name of the dashboard in CloudWatch, or null."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}
