//! How often each token may ask: a bucket that fills steadily and holds one
//! second's worth.

use super::problem::{Problem, TOO_MANY};
use hashbrown::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

pub struct Rates {
    per_second: f64,
    left: Mutex<HashMap<String, (f64, Instant)>>,
}

impl Rates {
    /// With 0 every token may ask as often as it likes.
    pub fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second), left: Mutex::new(HashMap::new()) }
    }

    /// # Errors
    /// The token asked too often.
    pub fn check(&self, name: &str) -> Result<(), Problem> {
        if self.per_second == 0.0 {
            return Ok(());
        }
        let now = Instant::now();
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, since) = left.entry_ref(name).or_insert((self.per_second, now));
        let filled = *tokens + now.duration_since(*since).as_secs_f64() * self.per_second;
        (*tokens, *since) = (filled.min(self.per_second), now);
        if *tokens < 1.0 {
            let detail = format!("the token may ask {} times a second", self.per_second);
            return Err(Problem::new(&TOO_MANY, detail));
        }
        *tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_held_to_its_rate() {
        let rates = Rates::new(5);
        assert_eq!((0..20).filter(|_| rates.check("a").is_ok()).count(), 5);
        assert!(rates.check("b").is_ok());
        assert_eq!((0..200).filter(|_| Rates::new(0).check("a").is_ok()).count(), 200);
    }
}
