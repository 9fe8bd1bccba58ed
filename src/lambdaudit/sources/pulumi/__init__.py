"""Pulumi and SST: what a program would make, from previews and states.

Resources of the AWS provider go through Terraform's type table (the provider bridges Terraform's), those of AWS Native have
CloudFormation's properties already.
"""
