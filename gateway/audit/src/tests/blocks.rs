//! What is found by rows of full blocks and by the entries of the block at the right edge is one whole.

use super::results;
use crate::testing::{Fixture, copy_log, delivered, intent, transaction};
use crate::{OutcomeResult, verify};

#[tokio::test]
async fn a_passage_that_spans_blocks_is_found_and_closed() {
    let fixture = Fixture::new();
    let log = fixture.open();
    let mut open = Vec::new();
    for n in 0..330 {
        let receipt = log.admit(intent(n)).await.unwrap();
        // Those that stay open are spread over two full blocks and the edge.
        if n % 60 == 0 {
            open.push((n, receipt));
        } else {
            receipt.close(delivered());
        }
        if n % 120 == 100 {
            // As after a crash at this moment.
            let copy = copy_log(fixture.folder());
            let again = fixture.open_copy(copy.path());
            for (n, _) in &open {
                let found = results(&again.reader(), transaction(*n));
                assert_eq!(found, [OutcomeResult::Interrupted], "{n}");
            }
            assert_eq!(again.state().open_intents, 0);
            again.close();
            verify(copy.path(), &fixture.verifier()).unwrap();
        }
    }
    for (_, receipt) in open.drain(..) {
        receipt.close(delivered());
    }
    log.close();
    assert_eq!(log.state().open_intents, 0);
    assert!(log.state().size > 2 * 256);
    for n in 0..330 {
        let found = log.reader().transaction(transaction(n)).unwrap();
        assert_eq!(found.len(), 2, "{n}");
        assert_eq!(
            results(&log.reader(), transaction(n)),
            [OutcomeResult::Delivered]
        );
    }
    fixture.verify().unwrap();
}
