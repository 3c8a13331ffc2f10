//! The allocator of the binary: the system's, except that while a run works
//! out of core each large piece of memory is a stretch of a file. The pieces
//! then stand in the system's cache of files, which writes them out and takes
//! their memory back where others need it, and are no memory of the process
//! for longer than they are in use.
//!
//! It has to be an allocator, since nearly every structure of a run grows with
//! its records. The unsafe code of going out of core is all here; when it goes
//! there, and how much stays, is decided elsewhere.

use crate::engine::machine::Resident;
use crate::engine::pages::LargePages;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, mmap_anonymous};
use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a binary names as its global allocator.
pub struct Heap;

/// Pieces of at least so many bytes go to the file.
const LARGE: usize = 128 << 10;
/// What stretches are rounded up to: a multiple of every system's page.
const GRAIN: usize = 64 << 10;
/// A piece may grow to so many times its size before it has to move.
const ROOM: usize = 4;
/// Addresses set aside, of which few are ever used: a place in the file is
/// freed with its piece, and given out again.
const SPAN_MAX: usize = 8 << 40;
const SPAN_MIN: usize = 64 << 30;
/// Bytes let go of at a time.
const WINDOW: usize = 32 << 20;

/// Whether large pieces go to the file now.
static IS_ON: AtomicBool = AtomicBool::new(false);
/// The addresses set aside; none before the first run out of core.
static BASE: AtomicUsize = AtomicUsize::new(0);
static SPAN: AtomicUsize = AtomicUsize::new(0);
/// The system's number of the first failure to get room in the file.
static FAILED: AtomicI32 = AtomicI32::new(0);
static STRETCHES: Mutex<Option<Stretches>> = Mutex::new(None);

thread_local! {
    /// Whether this thread is at work on the stretches, so that what that
    /// allocates comes from the system.
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Where pieces stand in the file; a piece stands as far behind [`BASE`].
struct Stretches {
    file: Arc<File>,
    /// Behind all stretches given out so far.
    end: usize,
    /// Stretches to give out again, by the power of two that is their size.
    free: [Vec<usize>; usize::BITS as usize],
    /// By their place.
    pieces: BTreeMap<usize, Piece>,
    bytes: usize,
    bytes_max: usize,
    /// From where on to let go next.
    hand: usize,
    /// Tells what the process holds, and how much that may be with a new piece.
    resident: Arc<Resident>,
    full: u64,
}

#[derive(Clone, Copy)]
struct Piece {
    /// Rounded up.
    bytes: usize,
    /// What it may grow to where it is.
    room: usize,
}

/// Has large pieces go to `file` from now on, which must be empty. Pieces that
/// are held already stay where they are. Whoever takes a piece first lets go of
/// others, so that with it no more than `full` bytes are held.
///
/// # Errors
/// The system grants no addresses, or [`Heap`] is not the allocator.
pub fn begin(file: File, resident: Arc<Resident>, full: u64) -> io::Result<()> {
    let mut stretches = lock();
    if stretches.is_some() {
        return Err(io::Error::other("a run of this process is out of core already"));
    }
    if BASE.load(Ordering::Relaxed) == 0 {
        let (base, span) = set_aside()?;
        SPAN.store(span, Ordering::Relaxed);
        BASE.store(base, Ordering::Relaxed);
    }
    *stretches = Some(Stretches {
        file: Arc::new(file),
        end: 0,
        free: [const { Vec::new() }; usize::BITS as usize],
        pieces: BTreeMap::new(),
        bytes: 0,
        bytes_max: 0,
        hand: 0,
        resident,
        full,
    });
    drop(stretches);
    FAILED.store(0, Ordering::Relaxed);
    IS_ON.store(true, Ordering::Release);
    let probe: Vec<u8> = Vec::with_capacity(LARGE);
    if place(probe.as_ptr()).is_none() {
        end();
        return Err(failure().unwrap_or_else(|| io::Error::other("this program has an allocator of its own")));
    }
    Ok(())
}

/// Has large pieces come from the system again. The file goes with the last of
/// its pieces, or with the process.
pub fn end() {
    IS_ON.store(false, Ordering::Release);
    inside(|| {
        let mut stretches = lock();
        if stretches.as_ref().is_some_and(|held| held.pieces.is_empty()) {
            *stretches = None;
        }
    });
}

/// Lets go of the memory of pieces, window by window, until `is_enough` or all
/// are gone through; the pieces themselves stay.
pub fn let_go(mut is_enough: impl FnMut() -> bool) {
    let mut left = inside(|| lock().as_ref().map_or(0, |held| held.bytes));
    while left > 0 && !is_enough() {
        left = left.saturating_sub(inside(|| lock().as_mut().map_or(usize::MAX, Stretches::let_go)));
    }
}

/// Lets go of pieces where the process holds more than it may with a new one.
/// For work that looks at memory as fast as the system can bring it: it may do
/// so before anybody else gets a processor.
pub fn keep() {
    if IS_ON.load(Ordering::Relaxed) {
        inside(|| make_room(1));
    }
}

/// Lets go of pieces until a new one of so many bytes has room beside what is
/// held: it will be written to at once, quicker than anybody else may look.
fn make_room(bytes: usize) {
    let known = lock().as_ref().map(|held| (Arc::clone(&held.resident), held.full));
    let Some((resident, full)) = known.filter(|_| bytes > 0) else { return };
    // Of a piece that is most of the memory, the beginning goes while its end
    // is being written.
    let left = full - (bytes as u64).min(full / 2);
    let_go(|| resident.bytes() <= left);
}

/// Bytes in the file at most so far.
pub fn bytes_max() -> u64 {
    inside(|| lock().as_ref().map_or(0, |held| held.bytes_max as u64))
}

/// Why the file could not take a piece, which is then held in memory.
pub fn failure() -> Option<io::Error> {
    match FAILED.load(Ordering::Relaxed) {
        0 => None,
        number => Some(io::Error::from_raw_os_error(number)),
    }
}

// SAFETY: every piece is either the system allocator's or a stretch of its own
// in the addresses set aside, which no two pieces share and which stays mapped
// until the piece is freed. Which of the two is told by its address alone.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let taken = if is_large(layout.size(), layout.align()) { take(layout.size()) } else { None };
        // SAFETY: the caller's promise is the one that is asked for.
        taken.unwrap_or_else(|| unsafe { LargePages.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // A stretch reads as zeros until it is written to.
        let taken = if is_large(layout.size(), layout.align()) { take(layout.size()) } else { None };
        // SAFETY: as above.
        taken.unwrap_or_else(|| unsafe { LargePages.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        match place(piece) {
            Some(place) => free(place),
            // SAFETY: what is not in the addresses set aside is the system's.
            None => unsafe { LargePages.dealloc(piece, layout) },
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let at = place(piece);
        match at {
            None if !is_large(size, layout.align()) => {
                // SAFETY: the system's piece, and the caller's promise.
                return unsafe { LargePages.realloc(piece, layout, size) };
            }
            Some(place) if resize(place, size) => return piece,
            _ => {}
        }
        // SAFETY: `size` is not zero and does not overflow, by the caller's
        // promise; the pieces do not overlap, and the old one is freed once.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                std::ptr::copy_nonoverlapping(piece, moved, layout.size().min(size));
                self.dealloc(piece, layout);
            }
            moved
        }
    }
}

#[inline]
fn is_large(size: usize, align: usize) -> bool {
    size >= LARGE && align <= GRAIN && IS_ON.load(Ordering::Relaxed)
}

/// How far behind the first of the addresses set aside it stands, if it does.
#[inline]
fn place(piece: *const u8) -> Option<usize> {
    let place = piece.addr().wrapping_sub(BASE.load(Ordering::Relaxed));
    (place < SPAN.load(Ordering::Relaxed)).then_some(place)
}

/// A new piece of the file; `None` where it has no room, or inside.
#[cold]
fn take(size: usize) -> Option<*mut u8> {
    if IS_INSIDE.get() {
        return None;
    }
    inside(|| {
        let bytes = size.checked_next_multiple_of(GRAIN)?;
        make_room(bytes);
        let (place, room) = lock().as_mut()?.claim(bytes)?;
        if let Err(error) = back(place, 0..bytes) {
            FAILED.store(error.raw_os_error().unwrap_or(-1), Ordering::Relaxed);
            unback(place, bytes);
            lock().as_mut()?.give_back(place, room);
            return None;
        }
        lock().as_mut()?.hold(place, Piece { bytes, room });
        Some(std::ptr::with_exposed_provenance_mut(BASE.load(Ordering::Relaxed) + place))
    })
}

/// Grows or shrinks a piece where it stands, if it can.
fn resize(place: usize, size: usize) -> bool {
    inside(|| {
        let Some(bytes) = size.checked_next_multiple_of(GRAIN) else { return false };
        let held = lock().as_ref().and_then(|held| held.pieces.get(&place).copied());
        let Some(piece) = held.filter(|piece| bytes <= piece.room) else { return false };
        make_room(bytes.saturating_sub(piece.bytes));
        if bytes > piece.bytes && back(place, piece.bytes..bytes).is_err() {
            // Moving it is tried next, and tells why that fails.
            return false;
        }
        if bytes < piece.bytes {
            unback(place + bytes, piece.bytes - bytes);
        }
        if let Some(held) = lock().as_mut() {
            held.hold(place, Piece { bytes, ..piece });
        }
        true
    })
}

#[cold]
fn free(place: usize) {
    inside(|| {
        let piece = lock().as_mut().and_then(|held| held.drop(place));
        let Some(piece) = piece else { return };
        unback(place, piece.bytes);
        let mut stretches = lock();
        if let Some(held) = stretches.as_mut() {
            held.give_back(place, piece.room);
            if held.pieces.is_empty() && !IS_ON.load(Ordering::Relaxed) {
                *stretches = None;
            }
        }
    });
}

/// Puts a part of the file behind a part of a stretch. The room on the disk is
/// taken now, since later nobody could be told that there is none.
fn back(place: usize, part: std::ops::Range<usize>) -> io::Result<()> {
    let stretches = lock();
    let Some(held) = stretches.as_ref() else { return Err(io::ErrorKind::NotFound.into()) };
    let file = Arc::clone(&held.file);
    drop(stretches);
    let (start, bytes) = (place + part.start, part.len());
    fallocate(&file, FallocateFlags::empty(), start as u64, bytes as u64)?;
    // SAFETY: the stretch is the piece's own, and nothing of it is mapped yet.
    unsafe {
        let flags = MapFlags::SHARED | MapFlags::FIXED | MapFlags::NORESERVE;
        mmap(address(start), bytes, ProtFlags::READ | ProtFlags::WRITE, flags, &file, start as u64)?;
    }
    Ok(())
}

/// Takes the file from behind a part of a stretch, and gives the room back.
fn unback(start: usize, bytes: usize) {
    // SAFETY: the part is a piece's own, and nobody looks at it any longer.
    let unmapped = unsafe {
        let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
        mmap_anonymous(address(start), bytes, ProtFlags::empty(), flags)
    };
    let file = lock().as_ref().map(|held| Arc::clone(&held.file));
    if let (Ok(_), Some(file)) = (unmapped, file) {
        let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        // Where that fails the room is taken until the run ends.
        let _ = fallocate(file, hole, start as u64, bytes as u64);
    }
}

impl Stretches {
    /// A stretch that `bytes` fit in, and how much room there is.
    fn claim(&mut self, bytes: usize) -> Option<(usize, usize)> {
        let room = bytes.checked_next_power_of_two()?.checked_mul(ROOM)?;
        let again = self.free.get_mut(room.trailing_zeros() as usize)?.pop();
        if let Some(place) = again {
            return Some((place, room));
        }
        let place = self.end;
        self.end = place.checked_add(room).filter(|&end| end <= SPAN.load(Ordering::Relaxed))?;
        Some((place, room))
    }

    fn give_back(&mut self, place: usize, room: usize) {
        if let Some(free) = self.free.get_mut(room.trailing_zeros() as usize) {
            free.push(place);
        }
    }

    fn hold(&mut self, place: usize, piece: Piece) {
        let before = self.pieces.insert(place, piece).map_or(0, |before| before.bytes);
        self.bytes = self.bytes + piece.bytes - before;
        self.bytes_max = self.bytes_max.max(self.bytes);
    }

    fn drop(&mut self, place: usize) -> Option<Piece> {
        let piece = self.pieces.remove(&place)?;
        self.bytes -= piece.bytes;
        Some(piece)
    }

    /// Lets go of the memory of the next window, and says how large it was.
    fn let_go(&mut self) -> usize {
        let under = self.pieces.range(..=self.hand).next_back();
        let is_inside = |found: &(&usize, &Piece)| self.hand < found.0 + found.1.bytes;
        let next = under.filter(is_inside).or_else(|| self.pieces.range(self.hand..).next());
        let Some((&place, piece)) = next.or_else(|| self.pieces.first_key_value()) else { return usize::MAX };
        let start = if (place..place + piece.bytes).contains(&self.hand) { self.hand } else { place };
        let bytes = (place + piece.bytes - start).min(WINDOW);
        // SAFETY: a mapping of a file that is shared loses nothing by this; the
        // next look at it finds what was written last.
        let _ = unsafe { madvise(address(start), bytes, Advice::LinuxDontNeed) };
        self.hand = start + bytes;
        bytes
    }
}

/// Sets addresses aside, as many as the system grants.
fn set_aside() -> io::Result<(usize, usize)> {
    let mut span = SPAN_MAX;
    loop {
        // SAFETY: new addresses, which nobody uses and nobody may look at.
        let granted = unsafe {
            let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
            mmap_anonymous(null_mut(), span + GRAIN, ProtFlags::empty(), flags)
        };
        match granted {
            Ok(base) => return Ok((base.expose_provenance().next_multiple_of(GRAIN), span)),
            Err(_) if span > SPAN_MIN => span /= 2,
            Err(error) => return Err(error.into()),
        }
    }
}

fn address(place: usize) -> *mut c_void {
    std::ptr::with_exposed_provenance_mut(BASE.load(Ordering::Relaxed) + place)
}

fn lock() -> std::sync::MutexGuard<'static, Option<Stretches>> {
    STRETCHES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `work` with whatever it allocates coming from the system.
fn inside<T>(work: impl FnOnce() -> T) -> T {
    let before = IS_INSIDE.replace(true);
    let result = work();
    IS_INSIDE.set(before);
    result
}
