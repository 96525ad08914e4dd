package dev.weir.engine.checkpoint;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What an operator coordinator sends to one attempt of a subtask, held back from the coordinator's snapshot until the subtask
 * has passed the barrier: whatever is delivered is in the snapshots of both or in none. One thread.
 */
public final class EventGate {
    private final TreeMap<Long, List<Runnable>> heldBack = new TreeMap<>();
    private final Set<Long> announced = new HashSet<>();

    /** Runs a delivery, at once or behind those that are held back. */
    public void send(Runnable delivery) {
        if (heldBack.isEmpty()) {
            delivery.run();
        } else {
            heldBack.lastEntry().getValue().add(delivery);
        }
    }

    /** A checkpoint begins. */
    public void announce(long checkpointId) {
        announced.add(checkpointId);
    }

    /**
     * The coordinator has given its state for a checkpoint: what it sends from now on is not part of it. Does nothing where
     * the checkpoint was given up meanwhile, since nobody would open the gate again.
     */
    public void close(long checkpointId) {
        if (announced.contains(checkpointId)) {
            heldBack.put(checkpointId, new ArrayList<>());
        }
    }

    /** The subtask has passed the barrier, or there will be none. */
    public void open(long checkpointId) {
        announced.remove(checkpointId);
        List<Runnable> deliveries = heldBack.remove(checkpointId);
        if (deliveries == null) {
            return;
        }
        Map.Entry<Long, List<Runnable>> earlier = heldBack.lowerEntry(checkpointId);
        if (earlier != null) {
            earlier.getValue().addAll(deliveries);
        } else {
            deliveries.forEach(Runnable::run);
        }
    }

    /** Runs all that is held back: the attempt has ended, and deliveries say so themselves. */
    public void openAll() {
        List<List<Runnable>> all = List.copyOf(heldBack.values());
        heldBack.clear();
        all.forEach(deliveries -> deliveries.forEach(Runnable::run));
    }
}
