"""Links and families of generalised linear models: data, independent of any modelling library."""

from pymediation.families.family import FAMILY_NAMES, Family, get_family
from pymediation.families.links import LINK_NAMES, Link, get_link, power_link

__all__ = ["FAMILY_NAMES", "LINK_NAMES", "Family", "Link", "get_family", "get_link", "power_link"]
