//! What the machine says: the most memory this process held, and the time.

/// Bytes held at most so far, where the system tells (Linux does).
pub fn memory_bytes_max() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Microseconds since 1970.
#[cfg(feature = "store")]
pub fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
