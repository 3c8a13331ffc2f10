pub mod evaluate;
pub mod files;
