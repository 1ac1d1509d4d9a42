"""The search engines that can stand behind a domain."""
