//! The column families of a store, by which its kinds of rows are told apart.

/// A column family; each holds one kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    Meta,
    Names,
    Records,
    Normals,
    Blocks,
    Crowds,
    Links,
    Owners,
    Customers,
    Feed,
    History,
    Lineage,
    Judgements,
    Models,
    Suppressed,
    Words,
    Journal,
    Roots,
    Recent,
}

impl Family {
    pub const ALL: [Family; 19] = [
        Family::Meta,
        Family::Names,
        Family::Records,
        Family::Normals,
        Family::Blocks,
        Family::Crowds,
        Family::Links,
        Family::Owners,
        Family::Customers,
        Family::Feed,
        Family::History,
        Family::Lineage,
        Family::Judgements,
        Family::Models,
        Family::Suppressed,
        Family::Words,
        Family::Journal,
        Family::Roots,
        Family::Recent,
    ];

    /// Whether its rows follow from the records, or name their customers.
    pub(super) fn is_derived(self) -> bool {
        matches!(
            self,
            Self::Normals | Self::Blocks | Self::Crowds | Self::Links | Self::Owners | Self::Customers
        )
    }

    /// The name on disk.
    pub fn name(self) -> &'static str {
        match self {
            Self::Meta => "default",
            Self::Names => "names",
            Self::Records => "records",
            Self::Normals => "normals",
            Self::Blocks => "blocks",
            Self::Crowds => "crowds",
            Self::Links => "links",
            Self::Owners => "owners",
            Self::Customers => "customers",
            Self::Feed => "feed",
            Self::History => "history",
            Self::Lineage => "lineage",
            Self::Judgements => "judgements",
            Self::Models => "models",
            Self::Suppressed => "suppressed",
            Self::Words => "words",
            Self::Journal => "journal",
            Self::Roots => "roots",
            Self::Recent => "recent",
        }
    }
}
