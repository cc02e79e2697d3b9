//! IDX files and folders: what is read, and what is said of files that are not what they should be.

#![allow(clippy::unwrap_used, clippy::expect_used)] // also in helpers of tests

use std::{fs, io::Write as _, path::Path};

use nin_data::{DataError, Dataset, from_idx_files, read_folder};
use proptest::prelude::*;

fn idx(sizes: &[u32], content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, sizes.len() as u8];
    bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(content);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Three training images and two test images of 2×2 pixels.
fn files() -> [Vec<u8>; 4] {
    [
        idx(&[3, 2, 2], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        idx(&[3], &[7, 0, 9]),
        idx(&[2, 2, 2], &[0, 255, 0, 255, 8, 8, 8, 8]),
        idx(&[2], &[1, 2]),
    ]
}

fn open(files: &[Vec<u8>; 4]) -> Result<Dataset, DataError> {
    from_idx_files("some", &files[0], &files[1], &files[2], &files[3])
}

/// What is said when one file is replaced.
fn complaint(place: usize, bytes: Vec<u8>) -> String {
    let mut files = files();
    files[place] = bytes;
    open(&files).unwrap_err().to_string()
}

#[test]
fn plain_and_gzip_give_the_same() {
    let data = open(&files()).unwrap();
    assert_eq!((data.train.side, data.train.len(), data.test.len()), (2, 3, 2));
    assert_eq!(data.train.images, (1..=12).collect::<Vec<u8>>());
    assert_eq!(data.train.labels, [7, 0, 9]);
    assert_eq!(data.test.images, [0, 255, 0, 255, 8, 8, 8, 8]);
    assert_eq!(data.sha256.len(), 64);
    assert_eq!(open(&files().map(|file| gzip(&file))), Ok(data));
}

#[test]
fn the_identity_follows_the_content_and_not_the_name() {
    let sum = open(&files()).unwrap().sha256;
    let [a, b, c, d] = files();
    assert_eq!(from_idx_files("other", &a, &b, &c, &d).unwrap().sha256, sum);
    let mut changed = files();
    *changed[3].last_mut().unwrap() = 3;
    assert_ne!(open(&changed).unwrap().sha256, sum);
}

#[test]
fn wrong_files_are_named() {
    let cases = [
        (0, vec![], "the training images: expected an IDX file, found"),
        (0, idx(&[3], &[1, 2, 3]), "expected an IDX file that starts with 0 0 8 3, found 0 0 8 1"),
        (0, b"\x89PNG....".to_vec(), "found 137 80 78 71"),
        (0, idx(&[3, 2, 2], &[0; 11]), "expected 12 bytes after the header, found 11"),
        (0, idx(&[3, 2, 2], &[0; 13]), "expected 12 bytes after the header, found more"),
        (0, idx(&[3, 1, 4], &[0; 12]), "expected square images of 1 to 512 pixels a side, found 1×4 pixels"),
        (0, idx(&[0, 2, 2], &[]), "found dimensions [0, 2, 2]"),
        (
            0,
            idx(&[u32::MAX, u32::MAX, u32::MAX], &[]),
            "found dimensions [4294967295, 4294967295, 4294967295]",
        ),
        (
            1,
            idx(&[2], &[1, 2]),
            "the training labels: expected 3 labels, one per image of the training images, found 2",
        ),
        (1, idx(&[3], &[1, 10, 2]), "expected labels from 0 to 9, found label 10 at place 1"),
        (
            2,
            idx(&[2, 1, 1], &[0; 2]),
            "the test images: expected images of 2×2 pixels as for training, found images of 1×1",
        ),
        (
            3,
            idx(&[2, 1], &[0; 2]),
            "the test labels: expected an IDX file that starts with 0 0 8 1, found 0 0 8 2",
        ),
    ];
    for (place, bytes, expected) in cases {
        let said = complaint(place, bytes);
        assert!(said.contains(expected), "said: {said}\nexpected: {expected}");
    }
}

#[test]
fn damaged_gzip_is_refused() {
    let whole = gzip(&files()[0]);
    let mut flipped = whole.clone();
    let checksum = whole.len() - 8;
    flipped[checksum] ^= 1;
    assert!(complaint(0, flipped).starts_with("the training images: expected an IDX file, found"));
    assert!(complaint(0, whole[..checksum].to_vec()).starts_with("the training images: expected"));
}

#[test]
fn a_gzip_bomb_is_cut_at_what_its_header_claims() {
    // 64 MiB of zeros after a header that claims 12 bytes: refused after 13.
    let bomb = gzip(&idx(&[3, 2, 2], &vec![0; 64 << 20]));
    assert!(complaint(0, bomb).contains("expected 12 bytes after the header, found more"));
    // A header that claims 4 GiB of zeros.
    let claim = gzip(&idx(&[1 << 16, 256, 256], &[0; 1000]));
    assert!(
        complaint(0, claim).contains("expected 1 to 1073741824 bytes, found dimensions [65536, 256, 256]")
    );
}

#[test]
fn folders_take_both_spellings_plain_or_packed() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, c, d] = files();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    put("train-images-idx3-ubyte", &a);
    put("train-labels.idx1-ubyte", &b);
    put("t10k-images-idx3-ubyte.gz", &gzip(&c));
    let error = read_folder(folder.path()).unwrap_err();
    assert!(matches!(error, DataError::Missing { file: "t10k-labels-idx1-ubyte", .. }), "{error}");
    put("t10k-labels.idx1-ubyte.gz", &gzip(&d));
    let data = read_folder(folder.path()).unwrap();
    assert_eq!(data.sha256, open(&files()).unwrap().sha256);
    assert_eq!(data.name, folder.path().display().to_string());
    let opened = nin_data::open(&data.name, &mut |_, _, _| {});
    assert_eq!(opened, Ok(data));

    put("train-labels.idx1-ubyte", &b[..9]);
    let said = read_folder(folder.path()).unwrap_err().to_string();
    assert!(said.contains("train-labels.idx1-ubyte: expected 3 bytes after the header, found 1"), "{said}");
}

#[test]
fn unknown_sources_are_named() {
    let error = nin_data::open("no-such-data", &mut |_, _, _| {}).unwrap_err();
    assert_eq!(error, DataError::Unknown { name: "no-such-data".to_owned() });
}

/// The originals, where `NIN_MNIST` names their folder.
#[test]
#[ignore = "needs the folder of the full MNIST in NIN_MNIST"]
fn full_mnist_starts_as_it_should() {
    let folder = std::env::var("NIN_MNIST").expect("NIN_MNIST is not set");
    let data = read_folder(Path::new(&folder)).unwrap();
    assert_eq!((data.train.len(), data.test.len(), data.train.side), (60_000, 10_000, 28));
    assert_eq!(data.train.labels[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(data.test.labels[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    let first: std::collections::HashSet<&[u8; 784]> =
        data.train.images.as_chunks().0[..10_000].iter().collect();
    let embedded = nin_data::embedded().unwrap();
    let ours = [embedded.train.images, embedded.test.images].concat();
    assert!(ours.as_chunks().0.iter().all(|image| first.contains(image)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_sizes_and_bytes_come_back(side in 1usize..9, train in 1usize..9, test in 1usize..9, byte: u8, packed: bool) {
        let make = |count: usize| {
            let pixels: Vec<u8> = (0..count * side * side).map(|i| byte.wrapping_mul(i as u8)).collect();
            let labels: Vec<u8> = (0..count).map(|i| (i % 10) as u8).collect();
            let sizes = [count as u32, side as u32, side as u32];
            ([idx(&sizes, &pixels), idx(&sizes[..1], &labels)], pixels, labels)
        };
        let ([a, b], pixels, labels) = make(train);
        let ([c, d], ..) = make(test);
        let all = [a, b, c, d].map(|file| if packed { gzip(&file) } else { file });
        let data = open(&all).unwrap();
        prop_assert_eq!((data.train.side, data.train.images, data.train.labels), (side, pixels, labels));
        prop_assert_eq!(data.test.len(), test);
    }

    #[test]
    fn damaged_files_never_panic(place in 0usize..4, at in 0usize..40, byte: u8, cut in 0usize..40, packed: bool) {
        let mut all = files();
        let file = &mut all[place];
        if packed {
            *file = gzip(file);
        }
        let at = at % file.len();
        file[at] = byte;
        file.truncate(file.len() - cut % file.len());
        let _ = open(&all);
    }

    #[test]
    fn random_bytes_never_panic(mut bytes: Vec<u8>, like_idx: bool, like_gzip: bool) {
        if like_idx {
            bytes.splice(0..0, [0, 0, 8, 3]);
        }
        if like_gzip {
            bytes.splice(0..0, [0x1f, 0x8b, 8]);
        }
        prop_assert!(open(&[bytes.clone(), bytes.clone(), bytes.clone(), bytes]).is_err());
    }
}
