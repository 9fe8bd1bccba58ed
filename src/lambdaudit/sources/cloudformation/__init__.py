"""CloudFormation and SAM templates: from files to resources."""
