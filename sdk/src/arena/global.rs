//! The allocator of every component that is built with this crate.
#![expect(
    unsafe_code,
    reason = "GlobalAlloc is an unsafe trait; a component has one thread and no interrupts, so the arena has one user at a time"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::memory_grow;
use core::cell::UnsafeCell;
use core::ptr::null_mut;

use super::bump::Bump;

/// Enough for a payload of 50 KB and everything made from it, ten times over.
const ARENA_BYTES: usize = 1 << 20;
/// Of WebAssembly.
const PAGE_BYTES: usize = 1 << 16;
/// The least that the memory grows by, in pages, so that a large payload asks seldom.
const STEP_BYTES: usize = 1 << 20;

#[global_allocator]
static ALLOCATOR: Arena = Arena {
    bump: UnsafeCell::new(None),
    bytes: UnsafeCell::new([0; ARENA_BYTES]),
};

#[repr(C, align(16))]
struct Arena {
    /// All zeros, like the arena itself: neither takes room in the component's file.
    bytes: UnsafeCell<[u8; ARENA_BYTES]>,
    /// Set up by the first block, since an address is no constant.
    bump: UnsafeCell<Option<Bump>>,
}

// SAFETY: a component has one thread.
unsafe impl Sync for Arena {}

impl Arena {
    fn with_bump<T>(&self, act: impl FnOnce(&mut Bump) -> T) -> T {
        // SAFETY: one thread, and `act` never allocates, so this reference is the only one.
        let bump = unsafe { &mut *self.bump.get() };
        act(bump.get_or_insert_with(|| {
            let start = self.bytes.get() as usize;
            Bump::new(start, start + ARENA_BYTES)
        }))
    }
}

/// Adds pages for a block of that size at any alignment. Says whether the host gave them.
fn grow(bump: &mut Bump, layout: Layout) -> bool {
    let Some(wish) = layout.size().checked_add(layout.align()) else {
        return false;
    };
    let pages = wish.max(STEP_BYTES).div_ceil(PAGE_BYTES);
    match memory_grow(0, pages) {
        usize::MAX => false,
        page => {
            let start = page * PAGE_BYTES;
            // The very last page ends where addresses do.
            bump.extend(start, start.saturating_add(pages * PAGE_BYTES));
            true
        }
    }
}

// SAFETY: `Bump` hands out blocks that lie within the arena or fresh pages, are aligned, and do not overlap.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.with_bump(|bump| {
            let fitting = bump.take(layout);
            let block = fitting.or_else(|| grow(bump, layout).then(|| bump.take(layout)).flatten());
            block.map_or(null_mut(), |at| at as *mut u8)
        })
    }

    /// Does nothing: the memory goes with the instance when the call is over. Since this is known when a component is linked, the
    /// code that takes values apart is left out of it, which is more than a quarter of all.
    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if self.with_bump(|bump| bump.resize(block as usize, layout.size(), size)) {
            return block;
        }
        if size <= layout.size() {
            return block;
        }
        // SAFETY: the caller promises that `size` is right for this alignment.
        let fresh = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !fresh.is_null() {
            // SAFETY: both blocks hold at least `layout.size()` bytes, and do not overlap since the old one is still taken.
            unsafe { core::ptr::copy_nonoverlapping(block, fresh, layout.size()) };
        }
        fresh
    }
}
