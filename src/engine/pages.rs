//! The system's allocator, which asks for large pages where a piece of memory
//! is large. Columns, blocks and dictionaries are read at places far apart, and
//! with pages of 4 KiB nearly every such read looks up the page as well.

use std::alloc::{GlobalAlloc, Layout, System};

/// [`System`], with large pages for large pieces (on Linux; elsewhere the
/// system's allocator as it is).
#[derive(Debug, Default, Clone, Copy)]
pub struct LargePages;

/// Smaller pieces would be filled by few large pages, or by none.
const LARGE_BYTES: usize = 2 << 20;

// SAFETY: every call goes to `System` unchanged; advice about pages changes
// neither what the memory holds nor whom it belongs to.
unsafe impl GlobalAlloc for LargePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that `System` asks for.
        advised(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        advised(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: as above.
        advised(unsafe { System.realloc(piece, layout, bytes) }, bytes)
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(piece, layout) }
    }
}

/// The piece, after the system was told that large pages suit it. What it makes
/// of that is its own affair, and so its answer is not read.
#[cfg(target_os = "linux")]
fn advised(piece: *mut u8, bytes: usize) -> *mut u8 {
    use rustix::mm::{Advice, madvise};
    const PAGE: usize = 4096;
    if bytes >= LARGE_BYTES && !piece.is_null() {
        let skipped = piece.align_offset(PAGE);
        let (start, bytes) = (piece.wrapping_add(skipped), bytes.saturating_sub(skipped));
        // SAFETY: whole pages from within the piece on; the advice keeps what they hold.
        let _ = unsafe { madvise(start.cast(), bytes, Advice::LinuxHugepage) };
    }
    piece
}

#[cfg(not(target_os = "linux"))]
fn advised(piece: *mut u8, _bytes: usize) -> *mut u8 {
    piece
}
