"""Image repositories of templates: what they and the registry's settings say, judged like those of an account."""

from pathlib import Path

from lambdaudit.engine import audit
from lambdaudit.model.resources import ImageRepository
from lambdaudit.sources.iac.lift import Lifted
from tests.iac.conftest import Reader
from tests.iac.terraform import world

RULES = ("image-not-scanned", "image-tags-mutable", "image-tag-floats")
CLOUDFORMATION = """
    Resources:
      Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Version: "2012-10-17", Statement: []}}}
      Open: {Type: AWS::ECR::Repository, Properties: {RepositoryName: tools/open}}
      Kept:
        Type: AWS::ECR::Repository
        Properties:
          RepositoryName: shop/kept
          ImageTagMutability: IMMUTABLE_WITH_EXCLUSION
          ImageTagMutabilityExclusionFilters:
            - {ImageTagMutabilityExclusionFilterType: WILDCARD, ImageTagMutabilityExclusionFilterValue: "dev-*"}
          EncryptionConfiguration: {EncryptionType: KMS, KmsKey: !GetAtt Key.Arn}
"""
REGISTRY = """
      Registry:
        Type: AWS::ECR::RegistryScanningConfiguration
        Properties:
          ScanType: ENHANCED
          Rules: [{ScanFrequency: CONTINUOUS_SCAN, RepositoryFilters: [{Filter: "shop/*", FilterType: WILDCARD}]}]
"""
TERRAFORM = """
resource "aws_kms_key" "k" {}
resource "aws_ecr_repository" "open" {
  name = "tools/open"
}
resource "aws_ecr_repository" "kept" {
  name                 = "shop/kept"
  image_tag_mutability = "IMMUTABLE_WITH_EXCLUSION"
  image_tag_mutability_exclusion_filter {
    filter      = "dev-*"
    filter_type = "WILDCARD"
  }
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.k.arn
  }
}
"""
TERRAFORM_REGISTRY = """
resource "aws_ecr_registry_scanning_configuration" "all" {
  scan_type = "ENHANCED"
  rule {
    scan_frequency = "CONTINUOUS_SCAN"
    repository_filter {
      filter      = "shop/*"
      filter_type = "WILDCARD"
    }
  }
}
"""


def repositories(lifted: Lifted) -> dict[str, ImageRepository]:
    return {asset.name: asset for asset in lifted.assets if isinstance(asset, ImageRepository)}


def failing(lifted: Lifted) -> set[tuple[str, str]]:
    report = audit(lifted.inventory(source="template", created="2026-11-21T12:00:00+00:00"))
    return {(f.rule, f.asset_name) for f in report.findings if f.rule in RULES}


def check(alone: Lifted, registry: Lifted) -> None:
    """What a configuration gives, without and with the settings of the registry."""
    kept = repositories(alone)["shop/kept"]
    assert (kept.tag_mutability, kept.tag_exclusions, kept.encryption) == ("IMMUTABLE_WITH_EXCLUSION", ("dev-*",), "KMS")
    assert isinstance(kept.key, str)
    assert ":key/" in kept.key
    assert (kept.scan_type, kept.scan_frequency) == (None, None)
    assert repositories(alone)["tools/open"].encryption == "AES256"
    mutable = ("image-tags-mutable", "tools/open")
    assert failing(alone) == {("image-not-scanned", "tools/open"), ("image-not-scanned", "shop/kept"), mutable}
    scanned = {name: (r.scan_type, r.scan_frequency) for name, r in repositories(registry).items()}
    assert scanned == {"shop/kept": ("ENHANCED", "CONTINUOUS_SCAN"), "tools/open": ("ENHANCED", "MANUAL")}
    assert failing(registry) == {("image-not-scanned", "tools/open"), mutable}


def test_cloudformation(read: Reader) -> None:
    check(read(CLOUDFORMATION), read(CLOUDFORMATION.rstrip() + REGISTRY))


def test_terraform(tmp_path: Path) -> None:
    alone = world.read(tmp_path / "alone", {"main.tf": TERRAFORM})
    check(alone, world.read(tmp_path / "both", {"main.tf": TERRAFORM + TERRAFORM_REGISTRY}))
    assert not alone.errors
