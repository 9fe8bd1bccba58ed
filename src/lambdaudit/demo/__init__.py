"""The embedded demo account: a fake AWS inside this process, with a small, deliberately vulnerable application in it.

    with running() as endpoint:
        deployment = deploy(endpoint)

Nothing here is imported by an ordinary audit, and nothing here reaches the network: the fake listens on the loopback
interface only.
"""

from lambdaudit.demo.application import Deployment, deploy
from lambdaudit.demo.planted import CLEAN_FUNCTIONS, PLANTED, Planted
from lambdaudit.demo.server import DemoUnavailable, Endpoint, running

__all__ = ["CLEAN_FUNCTIONS", "PLANTED", "DemoUnavailable", "Deployment", "Endpoint", "Planted", "deploy", "running"]
