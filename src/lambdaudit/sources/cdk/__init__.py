"""Assemblies of the AWS CDK: what ``cdk synth`` left in ``cdk.out``, read without running the app."""
