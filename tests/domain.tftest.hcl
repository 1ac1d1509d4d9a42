# The module by itself, applied without an account: the domain is overridden, its access policy
# is computed for real.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_resource {
  target = aws_opensearch_domain.this
}

override_resource {
  target = aws_cloudwatch_log_group.this
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:made-up" }
}

override_resource {
  target = aws_cloudwatch_log_resource_policy.this
}

# Public on purpose, so that no run is warned of it.
variables {
  access = { from_anywhere = true }
}

run "defaults" {
  command = plan

  module {
    source = "./modules/domain"
  }

  assert {
    condition = {
      name       = aws_opensearch_domain.this[0].domain_name
      engine     = aws_opensearch_domain.this[0].engine_version
      type       = aws_opensearch_domain.this[0].cluster_config[0].instance_type
      count      = aws_opensearch_domain.this[0].cluster_config[0].instance_count
      zones      = aws_opensearch_domain.this[0].cluster_config[0].zone_awareness_enabled
      volume     = aws_opensearch_domain.this[0].ebs_options[0].volume_type
      size       = aws_opensearch_domain.this[0].ebs_options[0].volume_size
      at_rest    = aws_opensearch_domain.this[0].encrypt_at_rest[0].enabled
      in_transit = aws_opensearch_domain.this[0].node_to_node_encryption[0].enabled
      https      = aws_opensearch_domain.this[0].domain_endpoint_options[0].enforce_https
      tls        = aws_opensearch_domain.this[0].domain_endpoint_options[0].tls_security_policy
      timeouts   = values(aws_opensearch_domain.this[0].timeouts)
      } == {
      name       = "logging-test"
      engine     = "OpenSearch_3.5"
      type       = "t3.small.search"
      count      = 1
      zones      = false
      volume     = "gp3"
      size       = 10
      at_rest    = true
      in_transit = true
      https      = true
      tls        = "Policy-Min-TLS-1-2-PFS-2023-10"
      timeouts   = ["90m", "90m", "90m"]
    }
    error_message = jsonencode(aws_opensearch_domain.this[0])
  }

  assert {
    condition     = !local.has_access_policy
    error_message = "a domain that nobody is given access to gets a policy without statements, which AWS refuses"
  }
}

run "inputs_reach_the_domain" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    name = "orders"
    domain = {
      engine_version = "OpenSearch_2.19"
      instances      = { type = "r7g.large.search", count = 6 }
      zones          = 3
      storage        = { type = "gp3", size_gb = 200, iops = 6000, throughput = 250 }
      tls_policy     = "Policy-Min-TLS-1-2-2019-07"
      timeouts       = { create = "2s", update = "3s", delete = "4s" }
    }
  }

  assert {
    condition = {
      name       = aws_opensearch_domain.this[0].domain_name
      engine     = aws_opensearch_domain.this[0].engine_version
      type       = aws_opensearch_domain.this[0].cluster_config[0].instance_type
      count      = aws_opensearch_domain.this[0].cluster_config[0].instance_count
      zones      = aws_opensearch_domain.this[0].cluster_config[0].zone_awareness_config[0].availability_zone_count
      size       = aws_opensearch_domain.this[0].ebs_options[0].volume_size
      iops       = aws_opensearch_domain.this[0].ebs_options[0].iops
      throughput = aws_opensearch_domain.this[0].ebs_options[0].throughput
      tls        = aws_opensearch_domain.this[0].domain_endpoint_options[0].tls_security_policy
      create     = aws_opensearch_domain.this[0].timeouts.create
      update     = aws_opensearch_domain.this[0].timeouts.update
      delete     = aws_opensearch_domain.this[0].timeouts.delete
      } == {
      name       = "orders"
      engine     = "OpenSearch_2.19"
      type       = "r7g.large.search"
      count      = 6
      zones      = 3
      size       = 200
      iops       = 6000
      throughput = 250
      tls        = "Policy-Min-TLS-1-2-2019-07"
      create     = "2s"
      update     = "3s"
      delete     = "4s"
    }
    error_message = jsonencode(aws_opensearch_domain.this[0])
  }
}

run "access_is_given_by_arn_to_writers_readers_and_masters_alone" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    index = { name = "orders" }
    access = {
      from_anywhere = true

      masters = ["arn:aws:iam::123456789012:role/admin"]
      writers = ["arn:aws:iam::123456789012:role/replay"]
      readers = ["arn:aws:iam::123456789012:user/b", "arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:user/b"]
    }
    writers             = ["arn:aws:iam::123456789012:role/delivery"]
    fine_grained_access = { enabled = true, master_arn = "arn:aws:iam::123456789012:role/set-up" }
  }

  assert {
    condition = {
      Version   = jsondecode(output.access_policy).Version
      Statement = [for statement in jsondecode(output.access_policy).Statement : statement if statement.Sid != "SetUp"]
      } == {
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "StreamsWrite"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::123456789012:role/delivery" }
          Action    = ["es:ESHttpPut", "es:ESHttpPost"]
          Resource = [
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/*",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test",
          ]
        },
        {
          Sid       = "StreamsReadClusterState"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::123456789012:role/delivery" }
          Action    = "es:ESHttpGet"
          Resource = [
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/orders*/_stats",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/orders*/_mapping/*",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_stats",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_nodes/stats",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_nodes/*/stats",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_nodes",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_cluster/stats",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_all/_settings",
          ]
        },
        {
          Sid       = "Write"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::123456789012:role/replay" }
          Action    = ["es:ESHttpPut", "es:ESHttpPost"]
          Resource = [
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/orders*/_doc/*",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/orders*/_doc",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/orders*/_create/*",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/orders*/_bulk",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_bulk",
          ]
        },
        {
          Sid       = "Read"
          Effect    = "Allow"
          Principal = { AWS = ["arn:aws:iam::123456789012:user/b", "arn:aws:iam::123456789012:role/a"] }
          Action    = ["es:ESHttpHead", "es:ESHttpGet"]
          Resource = [
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/orders*",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_resolve/index/orders*",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_dashboards/*",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_dashboards",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_cluster/health",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_cat/*",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/",
          ]
        },
        {
          Sid       = "Search"
          Effect    = "Allow"
          Principal = { AWS = ["arn:aws:iam::123456789012:user/b", "arn:aws:iam::123456789012:role/a"] }
          Action    = "es:ESHttpPost"
          Resource = [
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/orders*/_search",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/orders*/_msearch",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/orders*/_field_caps",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/orders*/_count",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_search/scroll",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_msearch",
          ]
        },
        {
          Sid       = "UseDashboards"
          Effect    = "Allow"
          Principal = { AWS = ["arn:aws:iam::123456789012:user/b", "arn:aws:iam::123456789012:role/a"] }
          Action    = ["es:ESHttpPut", "es:ESHttpPost", "es:ESHttpDelete"]
          Resource  = "arn:aws:es:eu-west-1:123456789012:domain/logging-test/_dashboards/*"
        },
        {
          Sid       = "Administer"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::123456789012:role/admin" }
          Action    = "es:ESHttp*"
          Resource = [
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test/*",
            "arn:aws:es:eu-west-1:123456789012:domain/logging-test",
          ]
        },
      ]
    }
    error_message = output.access_policy
  }
}

run "the_master_that_makes_the_roles_is_let_in_from_anywhere" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    access              = { masters = ["arn:aws:iam::123456789012:role/admins"], ip_ranges = ["192.0.2.0/24"] }
    fine_grained_access = { enabled = true, master_arn = "arn:aws:iam::123456789012:role/set-up" }
  }

  assert {
    condition = jsonencode([
      for statement in jsondecode(data.aws_iam_policy_document.access.json).Statement :
      [statement.Sid, statement.Principal.AWS, try(statement.Condition.IpAddress["aws:SourceIp"], null)]
      ]) == jsonencode([
      ["SetUp", "arn:aws:iam::123456789012:role/set-up", null],
      ["Administer", "arn:aws:iam::123456789012:role/admins", "192.0.2.0/24"],
    ])
    error_message = data.aws_iam_policy_document.access.json
  }

  assert {
    condition = [
      aws_opensearch_domain.this[0].advanced_security_options[0].enabled,
      aws_opensearch_domain.this[0].advanced_security_options[0].internal_user_database_enabled,
      aws_opensearch_domain.this[0].advanced_security_options[0].master_user_options[0].master_user_arn,
    ] == [true, false, "arn:aws:iam::123456789012:role/set-up"]
    error_message = "no master, or one with a password"
  }
}

run "types_with_disks_of_their_own_take_no_volume_and_auto_tune_can_be_switched_off" {
  command = plan

  module {
    source = "./modules/domain"
  }

  variables {
    domain = { instances = { type = "r7gd.large.search" }, auto_tune = false }
  }

  assert {
    condition     = !aws_opensearch_domain.this[0].ebs_options[0].ebs_enabled && output.volume_gb == null
    error_message = jsonencode(aws_opensearch_domain.this[0].ebs_options)
  }

  assert {
    condition = [
      aws_opensearch_domain.this[0].auto_tune_options[0].desired_state,
      aws_opensearch_domain.this[0].auto_tune_options[0].rollback_on_disable,
    ] == ["DISABLED", "NO_ROLLBACK"]
    error_message = jsonencode(aws_opensearch_domain.this[0].auto_tune_options)
  }
}

run "each_kind_of_log_goes_to_a_group_of_its_own_that_this_domain_alone_may_write_to" {
  module {
    source = "./modules/domain"
  }

  variables {
    domain              = { publish_logs = ["AUDIT_LOGS", "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS"] }
    fine_grained_access = { enabled = true, master_arn = "arn:aws:iam::123456789012:role/set-up" }
  }

  assert {
    condition = { for kind, group in aws_cloudwatch_log_group.this : kind => group.name } == {
      AUDIT_LOGS          = "/aws/opensearch/logging-test/audit-logs"
      ES_APPLICATION_LOGS = "/aws/opensearch/logging-test/es-application-logs"
      INDEX_SLOW_LOGS     = "/aws/opensearch/logging-test/index-slow-logs"
      SEARCH_SLOW_LOGS    = "/aws/opensearch/logging-test/search-slow-logs"
    }
    error_message = jsonencode(aws_cloudwatch_log_group.this)
  }

  assert {
    condition     = length(aws_opensearch_domain.this[0].log_publishing_options) == 4
    error_message = jsonencode(aws_opensearch_domain.this[0].log_publishing_options)
  }

  assert {
    condition = jsondecode(aws_cloudwatch_log_resource_policy.this[0].policy_document) == {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "Publish"
        Effect    = "Allow"
        Principal = { Service = "es.amazonaws.com" }
        Action    = ["logs:PutLogEvents", "logs:CreateLogStream"]
        Resource  = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/opensearch/logging-test/*"
        Condition = {
          StringEquals = { "aws:SourceAccount" = "123456789012" }
          ArnEquals    = { "aws:SourceArn" = "arn:aws:es:eu-west-1:123456789012:domain/logging-test" }
        }
      }]
    }
    error_message = aws_cloudwatch_log_resource_policy.this[0].policy_document
  }
}
