//! Every address of the service, in one table: who may use it, what it takes
//! and gives, and who answers it. Router, permissions, audit, figures and
//! documentation all come from here, so that none can be forgotten.

use super::problem;
use super::route::{
    AFTER, Access, BASE, CURSOR_CUSTOMER, CURSOR_NUMBER, LIMIT, Method, NOTHING, Parameter, Route, Takes,
    Values, json, schema, text,
};
use super::tokens::Role::{Administrator, Approver, Steward, Writer};
use super::{
    about, audit, customers, decisions, feed, matching, pins, proposals, records, reviewing, ruling, sampled,
    trials, workbench,
};
use crate::engine::explain::Explanation;
use crate::engine::live::{
    Answer, Appraisal, ChangeView, Checked, CustomerView, Desk, DraftView, Found, Holdings, Receipt,
    RecordView, Survey,
};

pub static ROUTES: &[Route] = &[
    Route {
        method: Method::Put,
        path: "/v1/records/{source}/{record_id}",
        name: "putRecord",
        summary: "Put a record in",
        detail: "The record is new or takes the place of its former version. Answered once it is on disk; \
                 clients that ask at the same time share one write.",
        access: Access::Roles(&[Writer]),
        takes: Takes::Json(schema::<records::Content>),
        gives: json::<Answer>("Its customer, and what changed"),
        answer: |asked| Box::pin(records::put(asked)),
        ..BASE
    },
    Route {
        method: Method::Delete,
        path: "/v1/records/{source}/{record_id}",
        name: "deleteRecord",
        summary: "Take a record out",
        detail: "A record that is not there is no failure. This is no erasure: history keeps it.",
        access: Access::Roles(&[Writer]),
        parameters: &[Parameter {
            name: "at",
            place: "query",
            kind: Values::Version,
            what: "The version: an RFC 3339 time, or a number that grows",
        }],
        gives: json::<Answer>("What changed"),
        answer: |asked| Box::pin(records::delete(asked)),
        ..BASE
    },
    Route {
        path: "/v1/records/{source}/{record_id}",
        name: "getRecord",
        summary: "Show a record",
        detail: "As it came, after cleaning, and the customer that it belongs to.",
        gives: json::<RecordView>("The record"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(records::get(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/batch",
        name: "postBatch",
        summary: "Put in and take out many records",
        detail: "One operation a line, as `docs/live.md` has them. Each is answered by a line, in order, once \
                 it is on disk; a line that cannot be read by its number and the reason. Lines are taken \
                 as fast as answers are read.",
        access: Access::Roles(&[Writer]),
        takes: Takes::Lines(
            r#"{"op":"upsert","source":"shop","record_id":"17","fields":{"email":"eva@example.org"}}"#,
        ),
        gives: text("application/x-ndjson", "A line per operation"),
        is_long: true,
        answer: |asked| Box::pin(records::batch(asked)),
        ..BASE
    },
    Route {
        path: "/v1/streams/{stream}",
        name: "getStream",
        summary: "Show how far a stream of changes came",
        detail: "The place of the last operation of that stream that was worked in, as operations of a batch \
                 tell it by `stream` and `place`: where a consumer goes on after a crash.",
        access: Access::Roles(&[Writer]),
        gives: json::<records::StreamView>("How far it came"),
        is_audited: false,
        answer: |asked| Box::pin(records::stream(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/match",
        name: "match",
        summary: "Say who a record would be",
        detail: "Without storing it: the customer that it would belong to, and the most alike records with \
                 the evidence for and against.",
        takes: Takes::Json(schema::<matching::Sought>),
        gives: json::<Found>("Who it would be"),
        answer: |asked| Box::pin(matching::find(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/explain",
        name: "explain",
        summary: "Say why two records are one customer, or are not",
        detail: "Each comparison's weight from the prior to the final odds, the rule that applied, the blocking keys \
                 that they share, and the values compared.",
        takes: Takes::Json(schema::<matching::Pair>),
        gives: json::<Explanation>("The explanation"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(matching::explain(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/search",
        name: "search",
        summary: "Find customers by words",
        detail: "Words of their golden values, mistyped by a letter or cut short; the best hits come first.",
        takes: Takes::Json(schema::<matching::Words>),
        gives: json::<matching::Hits>("The customers"),
        answer: |asked| Box::pin(matching::search(asked)),
        ..BASE
    },
    Route {
        path: "/v1/customers",
        name: "listCustomers",
        summary: "List the customers",
        detail: "In the order of their ids.",
        parameters: &[CURSOR_CUSTOMER, LIMIT],
        gives: json::<customers::Page<CustomerView>>("A page of customers"),
        answer: |asked| Box::pin(customers::list(asked)),
        ..BASE
    },
    Route {
        path: "/v1/customers/{customer_id}",
        name: "getCustomer",
        summary: "Show a customer",
        detail: "Golden values with the record that each comes from, and members. An id that was retired is \
                 answered by its successors, for ever. The ETag changes when the customer does.",
        parameters: &[Parameter {
            name: "If-None-Match",
            place: "header",
            kind: Values::Text,
            what: "The ETag of what is known; answered by 304 where it still holds",
        }],
        gives: json::<customers::Customer>("The customer, or what became of it"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(customers::get(asked)),
        ..BASE
    },
    Route {
        path: "/v1/customers/{customer_id}/history",
        name: "getHistory",
        summary: "Show what became of a customer",
        detail: "Every change of it, the oldest first unless told otherwise, with the customer after each.",
        parameters: &[
            CURSOR_NUMBER,
            LIMIT,
            Parameter {
                name: "order",
                place: "query",
                kind: Values::OneOf(&["oldest", "newest"]),
                what: "Which changes come first; the oldest unless told otherwise",
            },
            Parameter {
                name: "until",
                place: "query",
                kind: Values::Time,
                what: "With `order=newest`: only changes up to that RFC 3339 time; the first of them has the \
                       customer as it was then",
            },
        ],
        gives: json::<customers::Page<ChangeView>>("A page of changes"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(customers::history(asked)),
        ..BASE
    },
    Route {
        path: "/v1/customers/{customer_id}/access",
        name: "getAccess",
        summary: "Show everything held about a customer",
        detail: "For an answer under article 15 GDPR: records, golden values and history. A page for the person \
                 where `Accept` names `text/html`.",
        access: Access::Roles(&[Approver]),
        gives: json::<Holdings>("Everything that is held"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(customers::access(asked)),
        ..BASE
    },
    Route {
        path: "/v1/changes",
        name: "listChanges",
        summary: "Follow the change feed",
        detail: "Sequence numbers have no gaps. With `wait`, an empty page is only answered after that many seconds \
                 (long poll).",
        parameters: &[
            AFTER,
            CURSOR_NUMBER,
            LIMIT,
            Parameter {
                name: "wait",
                place: "query",
                kind: Values::Whole { min: 0, max: 25 },
                what: "Seconds to wait for a change where there is none yet",
            },
        ],
        gives: json::<customers::Page<ChangeView>>("A page of changes"),
        answer: |asked| Box::pin(feed::list(asked)),
        ..BASE
    },
    Route {
        path: "/v1/changes/stream",
        name: "streamChanges",
        summary: "Follow the change feed as server-sent events",
        detail: "An event's id is the change's number, so that a client that comes back with `Last-Event-ID` misses \
                 nothing.",
        parameters: &[
            AFTER,
            Parameter {
                name: "Last-Event-ID",
                place: "header",
                kind: Values::Whole { min: 0, max: u64::MAX },
                what: "The number of the last change that was received",
            },
        ],
        gives: text("text/event-stream", "An event per change"),
        is_long: true,
        answer: |asked| Box::pin(feed::stream(asked)),
        ..BASE
    },
    decisions::LIST,
    Route {
        method: Method::Post,
        path: "/v1/judgements",
        name: "postJudgement",
        summary: "Decide whether two records are one customer",
        detail: "It outranks every score. A later judgement on the same records supersedes it; none is ever lost.",
        access: Access::Roles(&[Steward]),
        takes: Takes::Json(schema::<decisions::NewJudgement>),
        gives: json::<decisions::Judged>("What changed"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(decisions::judge(asked)),
        ..BASE
    },
    pins::LIST,
    pins::PIN,
    Route {
        method: Method::Post,
        path: "/v1/erasures",
        name: "postErasure",
        summary: "Erase records for good",
        detail: "Records, their values in golden records, history and judgements, and the bytes in the files. \
                 Keyed hashes of the names stay, so that no import brings them back. Writes wait meanwhile.",
        access: Access::Roles(&[Approver]),
        takes: Takes::Json(schema::<decisions::Erasure>),
        gives: json::<Receipt>("The receipt"),
        fails: &[&problem::NOT_FOUND],
        is_long: true,
        answer: |asked| Box::pin(decisions::erase(asked)),
        ..BASE
    },
    Route {
        path: "/v1/export/customers",
        name: "exportCustomers",
        summary: "Stream every customer",
        detail: "One JSON object a line, all as they were at one moment.",
        access: Access::Roles(&[Administrator]),
        gives: text("application/x-ndjson", "A line per customer"),
        is_long: true,
        answer: |asked| Box::pin(customers::export_customers(asked)),
        ..BASE
    },
    Route {
        path: "/v1/export/crosswalk",
        name: "exportCrosswalk",
        summary: "Stream which customer each record belongs to",
        detail: "CSV with the columns source, record_id, customer_id, all as they were at one moment.",
        access: Access::Roles(&[Administrator]),
        gives: text("text/csv", "A line per record"),
        is_long: true,
        answer: |asked| Box::pin(customers::export_crosswalk(asked)),
        ..BASE
    },
    Route {
        path: "/v1/model",
        name: "getModel",
        summary: "Show the rules and the model in force",
        gives: json::<about::ModelView>("Rules and model"),
        is_audited: false,
        answer: |asked| Box::pin(about::model(asked)),
        ..BASE
    },
    Route {
        path: "/v1/counts",
        name: "getCounts",
        summary: "Count what the store holds",
        access: Access::AnyRole,
        gives: json::<about::Counts>("The counts"),
        is_audited: false,
        answer: |asked| Box::pin(about::counts(asked)),
        ..BASE
    },
    Route {
        path: "/v1/me",
        name: "getMe",
        summary: "Show the token's name and roles",
        access: Access::AnyRole,
        gives: json::<about::Me>("Who asks"),
        is_audited: false,
        answer: |asked| Box::pin(about::me(asked)),
        ..BASE
    },
    Route {
        path: "/v1/tokens",
        name: "listTokens",
        summary: "List the tokens",
        detail: "Never the tokens themselves, nor their hashes. `einklang token` makes and revokes them.",
        access: Access::Roles(&[Administrator]),
        gives: json::<Vec<about::TokenView>>("The tokens"),
        answer: |asked| Box::pin(about::tokens(asked)),
        ..BASE
    },
    Route {
        path: "/v1/audit/head",
        name: "getAuditHead",
        summary: "Show where the audit log ends",
        detail: "Noted elsewhere, the hash shows later that the log was not cut off or written anew.",
        access: Access::Roles(&[Administrator]),
        gives: json::<about::AuditHead>("Number and hash of the last line"),
        is_audited: false,
        answer: |asked| Box::pin(about::audit_head(asked)),
        ..BASE
    },
    Route {
        path: "/v1/openapi.json",
        name: "getDocument",
        summary: "This document",
        access: Access::Open,
        gives: text("application/json", "The document, by OpenAPI 3.1"),
        is_audited: false,
        answer: |asked| Box::pin(about::document(asked)),
        ..BASE
    },
    Route {
        path: "/docs",
        name: "getDocs",
        summary: "This document as a page",
        access: Access::Open,
        gives: text("text/html", "The page"),
        is_audited: false,
        answer: |asked| Box::pin(about::docs(asked)),
        ..BASE
    },
    Route {
        path: "/docs/style.css",
        name: "getStyle",
        summary: "The page's style",
        access: Access::Open,
        gives: text("text/css", "The style sheet"),
        is_audited: false,
        answer: |asked| Box::pin(about::style(asked)),
        ..BASE
    },
    Route {
        path: "/healthz",
        name: "getHealth",
        summary: "Say whether the process lives",
        access: Access::Open,
        gives: json::<about::Health>("It does"),
        is_audited: false,
        answer: |asked| Box::pin(about::live(asked)),
        ..BASE
    },
    Route {
        path: "/readyz",
        name: "getReadiness",
        summary: "Say whether requests will be answered",
        access: Access::Open,
        gives: json::<about::Health>("They will"),
        is_audited: false,
        answer: |asked| Box::pin(about::ready(asked)),
        ..BASE
    },
    Route {
        path: "/metrics",
        name: "getMetrics",
        summary: "Figures for Prometheus",
        access: Access::AnyRole,
        gives: text("text/plain", "The figures"),
        is_audited: false,
        answer: |asked| Box::pin(about::metrics(asked)),
        ..BASE
    },
    Route {
        path: "/v1/customers/{customer_id}/desk",
        name: "getDesk",
        summary: "Show a customer with what stewards need",
        detail: "Records, each golden value with what stood against it, the links between the records, and alike \
                 records of other customers.",
        gives: json::<Desk>("The customer's desk"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(reviewing::desk(asked)),
        ..BASE
    },
    reviewing::LIST,
    reviewing::CLAIM,
    reviewing::NOTE,
    sampled::SHOW,
    sampled::DRAW,
    Route {
        method: Method::Post,
        path: "/v1/decisions",
        name: "postDecision",
        summary: "Merge, split or move, or judge many pairs",
        detail: "Steps are judged together or not at all. The answer holds what takes the decision back; or, where \
                 somebody else must approve it, the proposal that waits for that.",
        access: Access::Roles(&[Steward]),
        takes: Takes::Json(schema::<decisions::NewDecision>),
        gives: json::<decisions::Made>("What changed, and how to undo it"),
        fails: &[&problem::NOT_FOUND, &problem::PRECONDITION],
        answer: |asked| Box::pin(decisions::decide(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/decisions/preview",
        name: "previewDecision",
        summary: "Show what a decision would change",
        detail: "Nothing is changed.",
        takes: Takes::Json(schema::<decisions::NewDecision>),
        gives: json::<decisions::Preview>("The customers before and after"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(decisions::preview(asked)),
        ..BASE
    },
    proposals::LIST,
    proposals::APPROVE,
    proposals::TURN_DOWN,
    Route {
        path: "/v1/rules",
        name: "listRules",
        summary: "Show the rules in force, former versions and drafts",
        gives: json::<ruling::Ruleset>("The rules"),
        answer: |asked| Box::pin(ruling::list(asked)),
        ..BASE
    },
    Route {
        path: "/v1/rules/versions/{version}",
        name: "getRules",
        summary: "Show the rule file of a version",
        gives: json::<ruling::VersionText>("The rule file"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(ruling::version(asked)),
        ..BASE
    },
    Route {
        path: "/v1/rules/schema",
        name: "getRulesSchema",
        summary: "Show the JSON schema of rule files",
        access: Access::AnyRole,
        gives: text("application/json", "The schema"),
        is_audited: false,
        answer: |asked| Box::pin(ruling::schema(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/rules/check",
        name: "checkRules",
        summary: "Report every fault of a rule file",
        detail: "Each with its place and a hint.",
        takes: Takes::Json(schema::<ruling::RuleText>),
        gives: json::<Checked>("The faults; none for a sound file"),
        is_audited: false,
        answer: |asked| Box::pin(ruling::check(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/rules/diff",
        name: "diffRules",
        summary: "Show where two rule files differ",
        detail: "Each a version, a draft or a text.",
        takes: Takes::Json(schema::<ruling::NewDiff>),
        gives: json::<ruling::Diff>("The lines of both"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(ruling::diff(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/rules/drafts",
        name: "saveDraft",
        summary: "Write a draft of a rule file down",
        detail: "A new one, or in place of one that is there.",
        access: Access::Roles(&[Steward]),
        takes: Takes::Json(schema::<ruling::WrittenDraft>),
        gives: json::<DraftView>("The draft"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(ruling::save(asked)),
        ..BASE
    },
    Route {
        method: Method::Delete,
        path: "/v1/rules/drafts/{draft}",
        name: "dropDraft",
        summary: "Throw a draft away",
        access: Access::Roles(&[Steward]),
        gives: NOTHING,
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(ruling::throw_away(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/rules/trials",
        name: "tryRules",
        summary: "Try a rule file out on the live customers",
        detail: "Begins a trial on the store as it is at this moment; nothing is changed, and reads and writes go on. \
                 `GET /v1/rules/trials/{trial}` says how far it is.",
        access: Access::Roles(&[Steward, Approver]),
        takes: Takes::Json(schema::<ruling::NewTrial>),
        gives: json::<trials::TrialView>("The trial"),
        answer: |asked| Box::pin(ruling::try_out(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/rules/trials/prepare",
        name: "prepareTrials",
        summary: "Have the next trial ready sooner",
        detail: "Compares the candidate pairs beforehand; kept until the store changes, and a quarter of an hour.",
        access: Access::Roles(&[Steward, Approver]),
        gives: NOTHING,
        answer: |asked| Box::pin(ruling::prepare(asked)),
        ..BASE
    },
    Route {
        path: "/v1/rules/trials/{trial}",
        name: "getTrial",
        summary: "Show how far a trial is, and in the end what would change",
        access: Access::Roles(&[Steward, Approver]),
        gives: json::<trials::TrialView>("The trial"),
        fails: &[&problem::NOT_FOUND],
        answer: |asked| Box::pin(ruling::trial(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/rules/drafts/{draft}/apply",
        name: "applyDraft",
        summary: "Take a draft into force",
        detail: "One change of the whole store, made or not; reads go on, writes wait. With `four_eyes` somebody else \
                 than the draft's author must ask.",
        access: Access::Roles(&[Approver]),
        takes: Takes::Json(schema::<ruling::Approval>),
        gives: json::<ruling::InForce>("What changed"),
        fails: &[&problem::NOT_FOUND, &problem::PRECONDITION],
        is_long: true,
        answer: |asked| Box::pin(ruling::apply(asked)),
        ..BASE
    },
    Route {
        method: Method::Post,
        path: "/v1/rules/rollback",
        name: "rollBackRules",
        summary: "Take a former version of rules and model into force again",
        detail: "As a new version; one change of the whole store.",
        access: Access::Roles(&[Approver]),
        takes: Takes::Json(schema::<ruling::RollBack>),
        gives: json::<ruling::InForce>("What changed"),
        fails: &[&problem::NOT_FOUND],
        is_long: true,
        answer: |asked| Box::pin(ruling::roll_back(asked)),
        ..BASE
    },
    Route {
        path: "/v1/survey",
        name: "getSurvey",
        summary: "Show the store at a glance",
        detail: "Overlap of the sources, duplicates, sizes of customers, quality of the data, and changes by day. \
                 Worked out anew behind the scenes once the store has changed.",
        gives: json::<Survey>("The survey"),
        is_long: true,
        answer: |asked| Box::pin(reviewing::survey(asked)),
        ..BASE
    },
    Route {
        path: "/v1/appraisal",
        name: "getAppraisal",
        summary: "Show how good the customers are, what each key brings, and what cannot be linked",
        detail: "By the model, without any truth. The first asking takes about as long as merging the whole store.",
        gives: json::<Appraisal>("The appraisal"),
        is_long: true,
        answer: |asked| Box::pin(reviewing::appraisal(asked)),
        ..BASE
    },
    Route {
        path: "/v1/model/weights",
        name: "getWeights",
        summary: "Show what the model makes of each comparison",
        gives: json::<about::Weights>("The weights"),
        answer: |asked| Box::pin(about::weights(asked)),
        ..BASE
    },
    Route {
        path: "/v1/audit",
        name: "listAudit",
        summary: "List the audit log, the latest lines first",
        detail: "Who asked for what of whose data, when and why. `einklang audit verify` checks that it is whole.",
        access: Access::Roles(&[Administrator]),
        parameters: &[
            CURSOR_NUMBER,
            LIMIT,
            Parameter { name: "who", place: "query", kind: Values::Text, what: "Only by that token" },
            Parameter { name: "action", place: "query", kind: Values::Text, what: "Only that action" },
            Parameter {
                name: "subject",
                place: "query",
                kind: Values::Text,
                what: "Only about that, such as `customer:` and an id",
            },
        ],
        gives: json::<customers::Page<audit::Entry>>("A page of the log"),
        is_long: true,
        answer: |asked| Box::pin(about::audit_list(asked)),
        ..BASE
    },
    Route {
        path: "/",
        name: "getWorkbench",
        summary: "The stewards' workbench",
        detail: "A page that asks the service like any other client, with the token that its user gives.",
        access: Access::Open,
        gives: text("text/html", "The page"),
        is_audited: false,
        answer: |asked| Box::pin(workbench::index(asked)),
        ..BASE
    },
    Route {
        path: "/assets/{file}",
        name: "getAsset",
        summary: "A file of the workbench",
        detail: "Its name changes with its content, so that it may be kept for ever.",
        access: Access::Open,
        gives: text("application/octet-stream", "The file"),
        fails: &[&problem::NOT_FOUND],
        is_audited: false,
        answer: |asked| Box::pin(workbench::asset(asked)),
        ..BASE
    },
];
