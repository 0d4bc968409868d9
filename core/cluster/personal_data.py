"""What the tables of nodes hold about people: nothing that says who they are."""

from core.cluster.schema import brand_mark, key_fingerprint, node, rate_bucket
from core.database.personal_data import PersonalData

PERSONAL_DATA = PersonalData(
    harmless={
        brand_mark: "the name of a brand",
        key_fingerprint: "fingerprints of keys",
        node: "processes at work",
        rate_bucket: "keyed hashes, until the limit is used up no more",
    }
)
