"""The Serverless Framework: services read as written, expanded to the resources that the framework would deploy."""
