//! Who is looking at which pair just now, so that two stewards do not decide
//! the same. A claim is a courtesy that ends by itself; what keeps decisions
//! apart is that the second of two is refused.

use crate::engine::live::Name;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a claim holds unless it is renewed.
const HOLDS: Duration = Duration::from_secs(300);

/// Two records in canonical order.
pub type PairName = (Name, Name);

#[derive(Default)]
pub struct Claims {
    held: Mutex<HashMap<PairName, (String, Instant)>>,
}

/// Who holds a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Claim {
    pub by: String,
    /// Whether that is who asks.
    pub is_own: bool,
    /// Seconds that it still holds.
    pub seconds: u64,
}

impl Claims {
    /// Claims a pair for `who` unless another holds it; tells who does.
    pub fn claim(&self, pair: PairName, who: &str) -> Claim {
        let now = Instant::now();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, (_, until)| *until > now);
        let claim = held.entry(pair).or_insert_with(|| (who.to_owned(), now + HOLDS));
        if claim.0 == who {
            claim.1 = now + HOLDS;
        }
        Claim { by: claim.0.clone(), is_own: claim.0 == who, seconds: (claim.1 - now).as_secs() }
    }

    /// Gives a pair back, if `who` holds it.
    pub fn release(&self, pair: &PairName, who: &str) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.get(pair).is_some_and(|(by, _)| by == who) {
            held.remove(pair);
        }
    }

    /// Who holds a pair, if anybody does.
    pub fn of(&self, pair: &PairName, who: &str) -> Option<Claim> {
        let now = Instant::now();
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (by, until) = held.get(pair).filter(|(_, until)| *until > now)?;
        Some(Claim { by: by.clone(), is_own: by == who, seconds: (*until - now).as_secs() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_holds_a_pair_until_it_gives_it_back() {
        let pair = || (("crm".to_owned(), "1".to_owned()), ("shop".to_owned(), "2".to_owned()));
        let claims = Claims::default();
        assert!(claims.claim(pair(), "anna").is_own);
        assert_eq!(claims.claim(pair(), "otto").by, "anna");
        claims.release(&pair(), "otto");
        assert!(!claims.claim(pair(), "otto").is_own);
        claims.release(&pair(), "anna");
        assert!(claims.claim(pair(), "otto").is_own);
    }
}
