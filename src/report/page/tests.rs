//! The page drawn from a made-up report: complete, self-contained, no values.

use super::*;
use crate::report::*;

/// A run over five channels, as a retailer would have it.
fn sample() -> ReportData {
    let names = ["shop", "crm", "newsletter", "till", "support"];
    let records = [32_400, 21_050, 18_720, 15_300, 9_870];
    let sources: Vec<SourceReport> = names
        .iter()
        .zip(records)
        .map(|(name, records)| SourceReport {
            name: (*name).into(),
            records,
            quarantined: records / 9_000,
            customers: records * 88 / 100,
            customers_only_here: records * 41 / 100,
        })
        .collect();
    let overlap = (0..5).map(|a| {
        (0..5)
            .map(|b: usize| {
                if a == b {
                    sources[a].customers
                } else {
                    (sources[a].customers.min(sources[b].customers)) / (2 + a.abs_diff(b) as u64)
                }
            })
            .collect()
    });
    let quality = [
        "given_name",
        "family_name",
        "email",
        "phone",
        "street",
        "postcode",
        "city",
        "birth_date",
        "loyalty_id",
    ]
    .iter()
    .enumerate()
    .flat_map(|(f, field)| {
        let sources = &sources;
        (0..5).filter(move |s| (f + s) % 7 != 6).map(move |s| {
            let records = sources[s].records;
            let valid = records * (40 + (f * 17 + s * 11) as u64 % 58) / 100;
            QualityReport {
                source: names[s].into(),
                field: (*field).into(),
                records,
                valid,
                doubtful: (records - valid) / 6,
                hub: 3,
                placeholder: (records - valid) / 12,
                invalid: (records - valid) / 30,
            }
        })
    })
    .collect();
    let level = |level: &str, weight: f64| LevelReport {
        level: level.into(),
        weight,
        m: Some(0.7),
        u: Some(0.001),
        by_hand: level == "close",
    };
    let comparison = |name: &str, levels: &[(&str, f64)]| ComparisonReport {
        name: name.into(),
        levels: levels.iter().map(|(name, weight)| level(name, *weight)).collect(),
    };
    ReportData {
        groups_cut: vec![426],
        report_version: REPORT_VERSION,
        einklang_version: "0.1.0".into(),
        run: Run {
            rules: None,
            link_only: false,
            country: Some("DE".into()),
            threads: 2,
            seconds: 3.21,
            memory_bytes_max: Some(412 << 20),
            scratch_bytes_max: None,
        },
        counts: Counts {
            records: 97_340,
            quarantined: 12,
            customers: 58_204,
            singletons: 36_110,
            pairs_possible: 4.7e9,
            pairs_compared: 1_204_331,
            pairs_link: 61_200,
            pairs_review: 1_870,
        },
        accuracy: AccuracyReport {
            precision: EstimateReport { share: 0.97, low: 0.95, high: 0.99 },
            recall: EstimateReport { share: 0.93, low: 0.9, high: 0.96 },
            bits_off: 1.5,
        },
        overlap: overlap.collect(),
        sources,
        columns: vec![ColumnReport {
            source: "crm".into(),
            column: "Nachname".into(),
            attribute: "family_name".into(),
            label: String::new(),
            reason: "header `Nachname`".into(),
            filled: 0.97,
        }],
        quality,
        cluster_sizes: [
            (1, 36_110),
            (2, 14_022),
            (3, 5_230),
            (4, 1_904),
            (5, 610),
            (6, 211),
            (7, 80),
            (8, 29),
            (12, 6),
            (23, 1),
        ]
        .iter()
        .map(|&(size, customers)| SizeReport { size, customers })
        .collect(),
        thresholds: ThresholdReport {
            link_probability: 0.9,
            review_probability: 0.5,
            link_weight: 3.2,
            review_weight: 0.0,
        },
        histogram: (-24..34)
            .map(|low| {
                let x = f64::from(low);
                let pairs = 90_000.0 * (-((x + 12.0) / 5.0).powi(2)).exp()
                    + 6_000.0 * (-((x - 18.0) / 6.0).powi(2)).exp();
                WeightBin { low: x, high: x + 1.0, pairs: pairs as u64 }
            })
            .collect(),
        model: ModelReport {
            learned: true,
            converged: true,
            rounds: 14,
            prior_weight: -16.2,
            comparisons: vec![
                comparison(
                    "given_name",
                    &[
                        ("same", 7.4),
                        ("variant", 5.1),
                        ("close", 4.2),
                        ("similar", 1.3),
                        ("weak", -1.0),
                        ("different", -5.6),
                    ],
                ),
                comparison("family_name", &[("same", 9.2), ("close", 6.0), ("different", -4.1)]),
                comparison("birth_date", &[("same", 12.8), ("close", 4.4), ("different", -6.9)]),
                comparison("email", &[("same", 15.1), ("variant", 9.0), ("different", -1.6)]),
                comparison(
                    "address",
                    &[("same", 10.3), ("similar", 6.1), ("weak", 1.9), ("different", -2.3)],
                ),
            ],
        },
        blocking: [
            "email",
            "phone",
            "given_name + family_name",
            "family_name + birth_date",
            "cologne(family_name) + cologne(given_name) + postcode",
        ]
        .iter()
        .enumerate()
        .map(|(at, name)| KeyReport {
            name: (*name).into(),
            blocks: 1200,
            block_size_max: 60,
            pairs: 4_000 * 5_u64.pow(at as u32),
            pairs_new: 4_000 * 3_u64.pow(at as u32),
            links_new: 120,
        })
        .collect(),
        oversized: vec![OversizedReport {
            key: "family_name + postcode".into(),
            value: String::new(),
            records: 412,
        }],
        rules: vec![RuleReport {
            name: "same e-mail and name".into(),
            decision: "link".into(),
            pairs: 8_120,
        }],
        hubs: vec![HubReport {
            field: "email".into(),
            values: 12,
            records: 840,
            records_max: 310,
            people_likely_max: 14,
            most_shared: vec![HubValueReport { people: 290, records: 310, example: "shop:7".into() }],
        }],
        largest: vec![ClusterReport {
            customer_id: "c_9f31".into(),
            size: 23,
            records: (1..7).map(|at| format!("shop:{at}")).collect(),
            weakest_weight: Some(4.4),
            reason: "more than 20 records".into(),
        }],
        doubtful: (0..4)
            .map(|at| ClusterReport {
                customer_id: format!("c_{at}a7"),
                size: 4 + at,
                records: vec!["crm:17".into(), "till:K-9931".into(), "newsletter:2210".into()],
                weakest_weight: Some(0.4 + at as f64),
                reason: "one bridge between two groups".into(),
            })
            .collect(),
        stages: [
            ("read", 0.31),
            ("recognise", 0.08),
            ("normalise", 0.7),
            ("block and train", 0.9),
            ("compare", 0.8),
            ("cluster", 0.2),
        ]
        .iter()
        .map(|(name, seconds)| StageReport {
            name: (*name).into(),
            seconds: *seconds,
            unit: "records".into(),
            items: 97_340,
            ..StageReport::default()
        })
        .collect(),
    }
}

#[test]
fn the_page_is_complete_and_self_contained() {
    let page = render(&sample());
    if let Some(path) = std::env::var_os("EINKLANG_PAGE") {
        std::fs::write(path, &page).expect("the page can be written");
    }
    for outside in ["<script", "http://", "https://", "@import", "url(", "<link", "<img"] {
        assert!(!page.contains(outside), "the page has `{outside}`");
    }
    for part in [
        "Sources",
        "Data quality",
        "Records per customer",
        "Pairs by match weight",
        "What agreement is worth",
        "How pairs were found",
    ] {
        assert!(page.contains(part), "the page lacks `{part}`");
    }
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert_eq!(page.matches("<rect").count(), page.matches("</rect>").count());
}

#[test]
fn an_empty_report_still_is_a_page() {
    let page = render(&ReportData::default());
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
    assert!(!page.contains("NaN") && !page.contains("inf"));
}

#[test]
fn names_cannot_break_out_of_the_page() {
    let mut report = sample();
    if let Some(source) = report.sources.first_mut() {
        source.name = "<script>alert(1)</script>".into();
    }
    assert!(!render(&report).contains("<script"));
}
