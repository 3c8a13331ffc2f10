"""Clusters from pairs, for engines that end with pairs."""


def clusters(records, pairs):
    """{record: cluster}, where what is connected by pairs is one."""
    leader = {record: record for record in records}

    def find(record):
        while leader[record] != record:
            leader[record] = leader[leader[record]]
            record = leader[record]
        return record

    for a, b in pairs:
        leader[find(a)] = find(b)
    return {record: find(record) for record in leader}
