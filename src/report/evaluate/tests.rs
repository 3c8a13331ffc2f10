//! Hand-counted cases; the figures agree with an independent implementation.

use super::*;

fn files(crosswalk: &str, truth: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("crosswalk.csv"), folder.path().join("truth.csv"));
    std::fs::write(&a, crosswalk).unwrap();
    std::fs::write(&b, truth).unwrap();
    (folder, a, b)
}

const CROSSWALK: &str = "source,record_id,customer_id\ns,1,A\ns,2,A\ns,3,A\nt,1,B\nt,4,B\nt,9,C\n";

#[test]
fn pairs_and_records_are_counted() {
    // Clusters {s1,s2,s3} {t1,t4}, entities {s1,s2} {s3,t1,t4} {t5}.
    let truth = "source,record_id,entity_id\ns,1,x\ns,2,x\ns,3,y\nt,1,y\nt,4,y\nt,5,z\n";
    let (_folder, crosswalk, truth) = files(CROSSWALK, truth);
    let found = evaluate(&crosswalk, &truth).unwrap();
    assert_eq!((found.records, found.missing, found.unlabelled), (6, 1, 1));
    assert_eq!(found.pairs, PairCounts { truth: 4, predicted: 4, correct: 2 });
    assert_eq!(found.pairwise, Measure { precision: 0.5, recall: 0.5, f1: 0.5 });
    // Precision: (2/3·2 + 1/3 + 1·2 + 1) / 6; recall: (1·2 + 1/3 + 2/3·2 + 1) / 6.
    assert!((found.b3.precision - 14.0 / 18.0).abs() < 1e-12);
    assert!((found.b3.recall - 14.0 / 18.0).abs() < 1e-12);
    assert_eq!((found.exact.count, found.clusters, found.entities, found.largest), (1, 3, 3, 3));
    assert_eq!(found.missed, None);
}

#[test]
fn the_truth_may_leave_sources_out_where_ids_are_unique() {
    let (_folder, crosswalk, truth) = files(CROSSWALK, "record_id,entity_id\n2,x\n3,x\n4,y\n");
    let found = evaluate(&crosswalk, &truth).unwrap();
    assert_eq!((found.pairwise.f1, found.unlabelled), (1.0, 3));

    let (_folder, crosswalk, truth) = files(CROSSWALK, "record_id,entity_id\n1,x\n3,x\n");
    let error = evaluate(&crosswalk, &truth).unwrap_err();
    assert!(error.to_string().starts_with("a record stands twice in the crosswalk"), "{error}");
    assert_eq!(error.hint(), Some("where record ids are not unique, the truth needs the column `source`"));
}

#[test]
fn links_beside_the_crosswalk_give_curve_and_misses() {
    let truth = "source,record_id,entity_id\ns,1,x\ns,2,x\ns,3,y\nt,1,y\nt,4,y\n";
    let (folder, crosswalk, truth) = files(CROSSWALK, truth);
    let links = "source_a,record_id_a,source_b,record_id_b,weight,probability,band\n\
                 s,1,s,2,12.50,0.999,link\ns,2,s,3,3.10,0.9,link\nt,1,t,4,12.10,0.999,link\n";
    std::fs::write(folder.path().join("links.csv"), links).unwrap();
    let review =
        "source_a,record_id_a,source_b,record_id_b,weight,probability,band\ns,3,t,1,-0.50,0.4,review\n";
    std::fs::write(folder.path().join("review.csv"), review).unwrap();
    let found = evaluate(&crosswalk, &truth).unwrap();
    assert_eq!(found.missed, Some(Missed { listed: 1, unlisted: 1 }));
    let points: Vec<_> = found.curve.iter().map(|point| (point.weight, point.links)).collect();
    assert_eq!(points, [(12, 2), (3, 3), (-1, 4)]);
    assert_eq!(found.curve[0].measure, Measure::new(1.0, 0.5));
    assert_eq!(found.curve[2].measure, Measure::new(0.4, 1.0));
    // 12.50 and 12.10 bits are right, 3.10 bits is wrong; -0.50 is not said to be a match.
    let bins: Vec<_> = found.calibration.iter().map(|bin| (bin.low, bin.pairs, bin.right)).collect();
    assert_eq!(bins, [(0.8, 1, 0.0), (0.999, 2, 1.0)]);
    assert!((found.calibration_error.unwrap() - 0.2985).abs() < 1e-3, "{:?}", found.calibration_error);
}

#[test]
fn the_json_has_the_promised_keys() {
    let (_folder, crosswalk, truth) = files(CROSSWALK, "source,record_id,entity_id\ns,1,x\ns,2,x\n");
    let json = serde_json::to_value(evaluate(&crosswalk, &truth).unwrap()).unwrap();
    for family in ["pairwise", "b3"] {
        for key in ["precision", "recall", "f1"] {
            assert!(json[family][key].is_number(), "{family}.{key}");
        }
    }
}

#[test]
fn missing_columns_are_named() {
    let (_folder, crosswalk, truth) = files(CROSSWALK, "id,entity\n1,x\n");
    let error = evaluate(&crosswalk, &truth).unwrap_err();
    assert!(error.to_string().ends_with("has no column `record_id`"), "{error}");
    assert_eq!(error.hint(), Some("its columns are `id`, `entity`"));
}
