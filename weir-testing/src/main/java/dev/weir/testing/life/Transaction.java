package dev.weir.testing.life;

import java.util.List;

/**
 * What a sink has prepared and not yet published.
 *
 * @param id by which the world outside knows it again
 * @param checkpointId the checkpoint with whose completion it is committed
 */
record Transaction(String id, long checkpointId, List<Item> items) {
    Transaction {
        items = List.copyOf(items);
    }
}
