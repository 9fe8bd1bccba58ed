"""Terraform: configuration directories, plans and states, read into resources of CloudFormation shape."""
