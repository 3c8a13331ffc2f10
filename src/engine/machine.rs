//! What the machine says: the time, and of this process the memory it holds and
//! the processor time it took. Where the system does not tell the latter (Linux
//! does), there is no answer.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Microseconds since 1970.
#[cfg(feature = "store")]
pub fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

/// Has large pieces of memory go back to the system as soon as they are free.
/// Unless told so, the C library of GNU keeps pieces of up to 32 MiB for later,
/// and most of what a stage frees does not fit what the next one needs.
pub fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const M_MMAP_THRESHOLD: std::ffi::c_int = -3;
        const BYTES: std::ffi::c_int = 1 << 20;
        unsafe extern "C" {
            safe fn mallopt(parameter: std::ffi::c_int, value: std::ffi::c_int) -> std::ffi::c_int;
        }
        mallopt(M_MMAP_THRESHOLD, BYTES);
    }
}

/// Has free memory of small pieces go back as well.
pub fn give_back_small() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        unsafe extern "C" {
            safe fn malloc_trim(kept: usize) -> std::ffi::c_int;
        }
        malloc_trim(0);
    }
}

/// Tells again and again, at little cost, how much memory the process holds.
#[cfg(target_os = "linux")]
pub struct Resident {
    statm: std::fs::File,
    page: u64,
}

#[cfg(target_os = "linux")]
impl Resident {
    pub fn open() -> std::io::Result<Self> {
        let page = rustix::param::page_size() as u64;
        Ok(Self { statm: std::fs::File::open("/proc/self/statm")?, page })
    }

    /// Bytes held now; 0 where the system does not tell.
    pub fn bytes(&self) -> u64 {
        let mut text = [0; 128];
        let read = std::os::unix::fs::FileExt::read_at(&self.statm, &mut text, 0).unwrap_or(0);
        let text = text.get(..read).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
        let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
        pages.unwrap_or(0) * self.page
    }
}

/// Bytes held at most so far.
pub fn memory_bytes_max() -> Option<u64> {
    memory("VmHWM:")
}

/// Bytes held now.
pub fn memory_bytes() -> Option<u64> {
    memory("VmRSS:")
}

/// Bytes that this process may hold at most: what the machine has, or what the
/// control group that the process runs in leaves it, whichever is less.
pub fn memory_allowed() -> Option<u64> {
    let machine = kibibytes("/proc/meminfo", "MemTotal:");
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    machine.into_iter().chain(group_limit(Path::new("/sys/fs/cgroup"), &own)).min()
}

/// The least limit of the control groups that `/proc/self/cgroup` says, in
/// `groups`, of version 2 of the interface or of version 1.
fn group_limit(groups: &Path, own: &str) -> Option<u64> {
    let read = |path: PathBuf| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let limits = own.lines().flat_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next().unwrap_or(""), fields.next().unwrap_or("/"));
        let (groups, file) = match controllers {
            "" => (groups.to_owned(), "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                (groups.join("memory"), "memory.limit_in_bytes")
            }
            _ => return Vec::new(),
        };
        // A container sees its own group as the root, whatever the path says.
        let path = Path::new(path.trim_start_matches('/'));
        path.ancestors().filter_map(|group| read(groups.join(group).join(file))).collect()
    });
    limits.min()
}

fn memory(name: &str) -> Option<u64> {
    kibibytes("/proc/self/status", name)
}

/// The bytes that a line of a file of the system tells in KiB.
fn kibibytes(path: &str, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(path).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Processor time of all threads so far, for the process and for the system on
/// its behalf, to a hundredth of a second.
pub fn cpu_time() -> Option<Duration> {
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name stands in brackets and may hold blanks.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()? + ticks()?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_least_limit_of_a_control_group_counts() {
        let root = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        };
        write("shop/memory.max", "3000000\n");
        write("shop/merge/memory.max", "max\n");
        write("memory/old/memory.limit_in_bytes", "4000000\n");
        assert_eq!(group_limit(root.path(), "0::/shop/merge\n"), Some(3_000_000));
        assert_eq!(group_limit(root.path(), "0::/elsewhere\n"), None);
        assert_eq!(group_limit(root.path(), "5:cpu:/old\n4:memory:/old\n"), Some(4_000_000));
        assert!(memory_allowed() > memory_bytes());
    }

    #[test]
    fn the_process_holds_memory_and_takes_time() {
        let start = cpu_time().expect("Linux tells");
        let mut sum = 0u64;
        while cpu_time().expect("Linux tells") < start + Duration::from_millis(30) {
            sum = (0..100_000).fold(sum, |sum, number| std::hint::black_box(sum ^ number));
        }
        let (now, most) = (memory_bytes().expect("Linux tells"), memory_bytes_max().expect("Linux tells"));
        assert!(0 < now && now <= most, "{now} {most} {sum}");
    }
}
