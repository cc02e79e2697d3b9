//! The data sets that can be downloaded: their files, mirrors and sums.

/// All of them.
pub(crate) const COLLECTIONS: [&Collection; 2] = [&MNIST, &FASHION_MNIST];

/// A data set in four files: training images and labels, test images and labels.
pub(crate) struct Collection {
    pub name: &'static str,
    /// Training and test images.
    pub images: [usize; 2],
    /// What a download is about, in millions of bytes; mirrors pack the same files differently.
    pub megabytes: u64,
    /// Addresses up to the file's name, tried in this order.
    pub mirrors: &'static [&'static str],
    pub files: [RemoteFile; 4],
}

pub(crate) struct RemoteFile {
    pub name: &'static str,
    pub sha256: Sum,
}

/// SHA-256 of what.
pub(crate) enum Sum {
    /// Of the IDX file: true of every way to pack it.
    Unpacked(&'static str),
    /// Of the gzip file, where nothing else is published.
    Packed(&'static str),
}

/// The sums are those of the files whose MD5 sums are published for the unpacked originals:
/// 6bbc9ace898e44ae57da46a324031adb, a25bea736e30d166cdddb491f175f624, 2646ac647ad5339dbf082846283269ea,
/// 27ae3e4e09519cfbb04c329615203637.
pub(crate) const MNIST: Collection = Collection {
    name: "mnist",
    images: [60_000, 10_000],
    megabytes: 12,
    mirrors: &[
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ],
    files: [
        RemoteFile {
            name: "train-images-idx3-ubyte.gz",
            sha256: Sum::Unpacked("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        },
        RemoteFile {
            name: "train-labels-idx1-ubyte.gz",
            sha256: Sum::Unpacked("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        },
        RemoteFile {
            name: "t10k-images-idx3-ubyte.gz",
            sha256: Sum::Unpacked("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        },
        RemoteFile {
            name: "t10k-labels-idx1-ubyte.gz",
            sha256: Sum::Unpacked("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        },
    ],
};

/// Addresses from <https://github.com/zalandoresearch/fashion-mnist>; sums of the packed files as TensorFlow Datasets
/// publishes them (`tensorflow_datasets/url_checksums/fashion_mnist.txt`).
pub(crate) const FASHION_MNIST: Collection = Collection {
    name: "fashion-mnist",
    images: [60_000, 10_000],
    megabytes: 31,
    mirrors: &[
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ],
    files: [
        RemoteFile {
            name: "train-images-idx3-ubyte.gz",
            sha256: Sum::Packed("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        },
        RemoteFile {
            name: "train-labels-idx1-ubyte.gz",
            sha256: Sum::Packed("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        },
        RemoteFile {
            name: "t10k-images-idx3-ubyte.gz",
            sha256: Sum::Packed("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        },
        RemoteFile {
            name: "t10k-labels-idx1-ubyte.gz",
            sha256: Sum::Packed("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        },
    ],
};
