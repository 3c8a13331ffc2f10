//! Rows of blocks, wherever they stand, are what a map would hold.

use super::super::batch::Batch;
use super::super::db::Db;
use super::super::family::Family;
use super::super::location::Location;
use super::super::packed::{Held, Packed, Page, PageMaker, root_key};
use super::super::roots::Layout;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

type Known = BTreeMap<Vec<u8>, Vec<u8>>;

/// Paths that meet again, of a few rules, with and without a part.
fn path() -> impl Strategy<Value = Vec<u8>> {
    (0u8..3, 0u8..8, 0u8..6, any::<bool>()).prop_map(|(rule, high, low, is_part)| {
        let mut path = vec![0, rule, high << 5, 0, 0, low];
        path.extend(is_part.then_some([1, 0, 0, 0, high]).into_iter().flatten());
        path
    })
}

/// A block of one record, of two, of too many, or damaged.
fn row() -> impl Strategy<Value = Option<Vec<u8>>> {
    let one = any::<u32>().prop_map(|number| {
        let mut writer = super::super::codec::Writer::new();
        writer.byte(0).ascending(&[number]);
        writer.bytes
    });
    let other =
        prop_oneof![Just(vec![0, 2, 3, 4]), Just(vec![1, 99]), Just(vec![0, 1, 0x81, 0]), Just(vec![])];
    proptest::option::of(prop_oneof![3 => one, 1 => other])
}

fn found(db: &Db, keys: &[Vec<u8>]) -> Vec<Option<Vec<u8>>> {
    db.get_many(Family::Blocks, keys, |row| Ok(row.to_vec())).unwrap()
}

fn check(db: &Db, known: &Known, mut keys: Vec<Vec<u8>>) {
    let expect = |keys: &[Vec<u8>]| keys.iter().map(|key| known.get(key).cloned()).collect::<Vec<_>>();
    assert_eq!(found(db, &keys), expect(&keys));
    // Of many keys pages are copied, of few they are looked into.
    let many = |keys: &[Vec<u8>]| keys.iter().cycle().take(2 * super::FEW_KEYS).cloned().collect::<Vec<_>>();
    assert_eq!(found(db, &many(&keys)), expect(&many(&keys)));
    keys.sort();
    assert_eq!(found(db, &keys), expect(&keys));
    let mut many = many(&keys);
    many.sort();
    assert_eq!(found(db, &many), expect(&many));
    for prefix in [&[][..], &[0, 1], &[0, 2, 32]] {
        let rows: Vec<(Vec<u8>, Vec<u8>)> = db
            .rows(Family::Blocks, prefix)
            .map(|row| row.map(|(key, value)| (key.into_vec(), value.into_vec())).unwrap())
            .collect();
        let expect: Vec<_> = known
            .iter()
            .filter(|(key, _)| key.starts_with(prefix))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        assert_eq!(rows, expect);
    }
}

/// What a process leaves that is killed now: pages that are in no file are lost.
fn check_after_kill(folder: &Path, known: &Known, asked: &[Vec<u8>]) {
    let left = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        // The database may take a file away meanwhile; then there is nothing to see.
        if std::fs::copy(entry.path(), left.path().join(entry.file_name())).is_err() {
            return;
        }
    }
    let db = Db::open(&Location::from(left.path())).unwrap();
    check(&db, known, asked.to_vec());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn blocks_are_a_map(
        sets in proptest::collection::vec(
            (proptest::collection::vec((path(), row()), 1..12), any::<bool>(), 0u64..40), 1..20),
        asked in proptest::collection::vec(path(), 1..30),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::from(folder.path());
        let mut db = Db::create(&location).unwrap();
        let mut known = Known::new();
        let mut moments = Vec::new();
        for (puts, is_reopened, max) in sets {
            if is_reopened {
                moments.clear();
                drop(db);
                db = Db::open(&location).unwrap();
            }
            db.hold_changes_at_most(max);
            moments.push((db.moment(), known.clone()));
            let mut batch = Batch::default();
            for (path, row) in puts {
                batch.put(Family::Blocks, &path, row.as_deref());
                match row {
                    Some(row) => _ = known.insert(path, row),
                    None => _ = known.remove(&path),
                }
            }
            db.commit(batch).unwrap();
            check(&db, &known, asked.clone());
            check_after_kill(folder.path(), &known, &asked);
        }
        db.compact().unwrap();
        prop_assert_eq!(db.stored_rows(Family::Recent, &[]).count(), 0);
        check(&db, &known, asked.clone());
        for (moment, known) in &moments {
            check(moment, known, asked.clone());
        }
        moments.clear();
        // What a bulk load is given is the same.
        db.clear(Family::Blocks).unwrap();
        check(&db, &Known::new(), asked.clone());
        let bulk = db.bulk().unwrap();
        let mut files = Vec::new();
        for rule in 0..3 {
            let mut of_rule = bulk.blocks(rule, 5_000).unwrap();
            for (path, row) in known.iter().filter(|(path, _)| path[..2] == rule.to_be_bytes()) {
                of_rule.put(path, row).unwrap();
            }
            files.extend(of_rule.finish().unwrap());
        }
        drop(bulk);
        db.ingest(files).unwrap();
        check(&db, &known, asked);
    }

    /// Hashes of a page are expected to be spread evenly, and found where they are
    /// not.
    #[test]
    fn every_hash_of_a_page_is_found(
        bits in 4u8..12,
        spread in proptest::collection::btree_set(any::<u32>(), 0..700),
        crowd in proptest::collection::btree_set(0u32..2_000, 0..300),
        asked in proptest::collection::vec(any::<u32>(), 20),
        number in any::<u32>(),
    ) {
        let of_page = |hash: u32| (number << (32 - bits)) | (hash >> bits);
        let mut hashes: Vec<u32> = spread.into_iter().chain(crowd).map(of_page).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let mut maker = PageMaker::default();
        hashes.iter().zip(0..).for_each(|(hash, number)| maker.push_only(*hash, number));
        let bytes = maker.finish();
        let page = Page::new(&bytes).unwrap();
        for hash in hashes.iter().copied().chain(asked.into_iter().map(of_page)) {
            let expect = hashes.binary_search(&hash).ok().map(|at| Held::One(at as u32));
            prop_assert_eq!(page.find(hash, bits), expect);
        }
    }

    #[test]
    fn changes_are_read_as_they_were_written(
        rows in proptest::collection::btree_map(path(), row(), 0..40),
        later in proptest::collection::btree_map(path(), row(), 0..40),
    ) {
        let packed = |rows: &BTreeMap<Vec<u8>, Option<Vec<u8>>>| {
            let mut packed = Packed::default();
            for (path, row) in rows {
                root_key(path).into_iter().for_each(|key| packed.push(key, Held::new(row.as_deref())));
            }
            packed
        };
        let both = packed(&rows).followed_by(&packed(&later));
        let mut expect = rows.clone();
        expect.extend(later);
        let read = Packed::decode(&both.encode()).unwrap();
        let mut from = 0;
        for (path, row) in &expect {
            let Some(key) = root_key(path) else { continue };
            prop_assert_eq!(read.find(key, &mut from), Some(Held::new(row.as_deref())));
        }
        prop_assert_eq!(read.len(), expect.keys().filter(|path| root_key(path).is_some()).count());
    }
}

#[test]
fn pages_grow_in_number_with_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::create(&Location::from(folder.path())).unwrap();
    let mut known = Known::new();
    db.hold_changes_at_most(10_000);
    // Enough for a rule's first sixteen pages to be crowded.
    for set in 0..20u32 {
        let mut batch = Batch::default();
        for at in 0..10_000u32 {
            let hash = (set * 10_000 + at).wrapping_mul(0x9e37_79b1);
            let path = [&[0, 7][..], &hash.to_be_bytes()].concat();
            let row = [0, 1, (at % 100) as u8];
            batch.put(Family::Blocks, &path, Some(&row));
            known.insert(path, row.to_vec());
        }
        db.commit(batch).unwrap();
        let keys: Vec<Vec<u8>> = known.keys().step_by(997).cloned().collect();
        check(&db, &known, keys);
    }
    db.compact().unwrap();
    db.compact().unwrap();
    let layout = db.stored_rows(Family::Roots, &[]).last().unwrap().unwrap();
    assert!(Layout::decode(&layout.1).unwrap().bits > 4);
    check(&db, &known, Vec::new());
}
