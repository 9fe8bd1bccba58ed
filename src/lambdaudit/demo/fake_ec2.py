"""moto's EC2, for an account that uses two regions and has all others switched off."""

from moto.core.responses import ActionResult
from moto.ec2.models.availability_zones_and_regions import Region
from moto.ec2.responses import EC2Response

from lambdaudit.demo.server import REGIONS


class Response(EC2Response):
    """The operations of EC2."""

    def describe_regions(self) -> ActionResult:
        """DescribeRegions: moto gives every region of every partition as enabled."""
        wanted = self._get_param("RegionNames", [])
        listed = [region for region in self.ec2_backend.describe_regions(wanted) if _commercial(region.name)]
        regions = [
            Region(region.name, region.endpoint, "opted-in" if region.name in REGIONS else "not-opted-in")
            for region in listed
            if region.name in REGIONS or self._get_bool_param("AllRegions")
        ]
        return ActionResult({"Regions": regions})


def _commercial(region: str) -> bool:
    return not region.startswith(("cn-", "us-gov-"))
