package dev.weir.flink.host;

import dev.weir.engine.exchange.RecordBatch;
import org.apache.flink.api.java.functions.KeySelector;

/** Shows the records of one input to a tally. Owned by the task thread. */
final class KeyTap {
    private final KeySelector<Object, Object> selector;
    private final KeyTally tally;
    private boolean broken;

    KeyTap(KeySelector<Object, Object> selector, KeyTally tally) {
        this.selector = selector;
        this.tally = tally;
    }

    /** Never fails: who is looked at must not suffer from it. */
    void show(RecordBatch batch, int from, int to) {
        if (!broken) {
            try {
                tally.take(selector, batch, from, to);
            } catch (Exception e) {
                // the operator will meet the same record, and say so
                broken = true;
            }
        }
    }
}
