"""moto's IAM, with the bulk reading as AWS answers it."""

from moto.core.responses import ActionResult
from moto.iam.models import AWSManagedPolicy
from moto.iam.responses import IamResponse


class Response(IamResponse):
    """The operations of IAM."""

    def get_account_authorization_details(self) -> ActionResult:
        """GetAccountAuthorizationDetails: moto leaves out the names and ids of policies, and mixes up its filter."""
        wanted = set(self._get_param("Filter", []))
        everything = self.backend.get_account_authorization_details([])
        policies = []
        for policy in everything["managed_policies"]:
            kind = "AWSManagedPolicy" if isinstance(policy, AWSManagedPolicy) else "LocalManagedPolicy"
            if not wanted or kind in wanted:
                policy.policy_name, policy.policy_id = policy.name, policy.id
                policies.append(policy)
        lists = {
            f"{kind}DetailList": list(everything[f"{kind.lower()}s"]) if not wanted or kind in wanted else []
            for kind in ("User", "Group", "Role")
        }
        return ActionResult({**lists, "Policies": policies, "IsTruncated": False})
