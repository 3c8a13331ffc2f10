"""Tests of the client against a running service, whose address is the first
argument. Run by `tests/serve_docs.rs`."""

import inspect
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from einklang import Client, Problem  # noqa: E402

URL = ""
EVA = {"vorname": "Eva", "nachname": "Wagner", "geburtsdatum": "1980-03-04", "email": "eva@example.org"}


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.client = Client(URL, purpose="test")

    def tearDown(self):
        self.client.close()

    def test_records_and_customers(self):
        first = self.client.put("py", "a/1 ü", EVA)
        second = self.client.put("py", "a2", EVA, at="2026-11-23T10:00:00Z")
        self.assertEqual(first["customer_id"], second["customer_id"])
        self.assertEqual(self.client.record("py", "a/1 ü")["fields"]["vorname"], "Eva")
        self.assertEqual(self.client.match(EVA, limit=1)["customer_id"], first["customer_id"])
        self.assertIn(first["customer_id"], [hit["customer_id"] for hit in self.client.search("wagner")])
        customer = self.client.customer(first["customer_id"])
        self.assertEqual(len(customer["members"]), 2)
        self.assertIn(customer, list(self.client.customers()))
        self.assertEqual([change["kind"] for change in self.client.history(first["customer_id"])][0], "created")
        self.assertEqual(len(self.client.access(first["customer_id"])["records"]), 2)
        self.assertTrue(self.client.explain(("py", "a/1 ü"), ("py", "a2"))["together"])
        self.client.pin(first["customer_id"], "email", "eva@example.org", "by phone")
        golden = self.client.customer(first["customer_id"])["golden"]["email"]
        self.assertEqual((golden["value"], golden["pinned"]["why"]), ("eva@example.org", "by phone"))
        self.client.pin(first["customer_id"], "email", None)
        self.assertEqual(len(list(self.client.pins())), 2)
        self.client.judge(("py", "a/1 ü"), ("py", "a2"), "different", "twins")
        self.assertEqual(list(self.client.judgements())[-1]["why"], "twins")
        self.assertFalse(self.client.explain(("py", "a/1 ü"), ("py", "a2"))["together"])
        self.assertIsNone(self.client.delete("py", "a2", at="2026-11-24T10:00:00Z")["customer_id"])
        self.assertEqual(self.client.erase(records=[("py", "a/1 ü")])["records"], 1)

    def test_batches(self):
        operations = (
            {"op": "upsert", "source": "many", "record_id": str(at), "fields": {"email": f"m{at}@example.org"}}
            for at in range(5000)
        )
        answers = list(self.client.batch(operations))
        self.assertEqual([answer["record_id"] for answer in answers], [str(at) for at in range(5000)])
        self.assertIn("error", list(self.client.batch([{"op": "none"}]))[0])
        self.assertIsNone(self.client.place("topic/1"))
        placed = {"op": "delete", "source": "many", "record_id": "1", "stream": "topic/1", "place": 7}
        self.assertEqual([list(self.client.batch([placed]))[0].get("repeated") for _ in "ab"], [None, True])
        self.assertEqual(self.client.place("topic/1"), 7)

    def test_problems(self):
        with self.assertRaises(Problem) as met:
            self.client.record("py", "nobody")
        self.assertEqual((met.exception.status, met.exception.kind), (404, "not-found"))
        with self.assertRaises(Problem) as met:
            self.client.put("py", "x", {}, at="soon")
        self.assertEqual((met.exception.status, met.exception.field), (422, "/at"))

    def test_the_feed(self):
        after = self.client.counts()["last_change"]
        found = []

        def follow():
            with Client(URL) as client:
                found.append(next(client.follow(after)))

        follower = threading.Thread(target=follow)
        follower.start()
        self.client.put("py", "fed", {"email": "fed@example.org"})
        follower.join(timeout=30)
        self.assertEqual(found[0]["seq"], after + 1)

    def test_every_operation_of_the_document_is_covered(self):
        """What the client leaves out is left out on purpose."""
        left_out = {
            "streamChanges", "exportCustomers", "exportCrosswalk", "getMe", "listTokens", "getAuditHead",
            "getDocs", "getStyle", "getHealth", "getReadiness", "getMetrics",
            # What only the workbench asks for.
            "getWorkbench", "getAsset", "listAudit", "getDesk", "postDecision", "previewDecision", "getWeights",
            "listReview", "claimReview", "noteReview", "listProposals", "approveProposal", "turnDownProposal", "getSample",
            "drawSample", "getSurvey", "listRules", "checkRules", "diffRules", "saveDraft",
            "dropDraft", "applyDraft", "prepareTrials", "getAppraisal", "rollBackRules", "getRulesSchema", "tryRules", "getTrial", "getRules",
        }
        source = inspect.getsource(Client)
        for path, item in self.client.document()["paths"].items():
            for method, operation in item.items():
                if operation["operationId"] in left_out:
                    continue
                parts = [part for part in path.split("/")[2:] if not part.startswith("{")]
                found = f'"{path}' in source or "_path(" + ", ".join(f'"{part}"' for part in parts)[:12] in source
                self.assertTrue(found, f"{method} {path}")


if __name__ == "__main__":
    URL = sys.argv.pop(1)
    unittest.main()
