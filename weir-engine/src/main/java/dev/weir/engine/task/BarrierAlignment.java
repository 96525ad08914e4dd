package dev.weir.engine.task;

import dev.weir.engine.checkpoint.CheckpointOptions.Alignment;
import dev.weir.engine.exchange.InputGate;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which channels have delivered the barriers of which checkpoints. A channel that has ended counts as one that has
 * delivered all. Sources inside the chain have no channel: they are read by the same thread, so wherever they stand when
 * the last barrier comes is a place in order. Task thread only.
 */
final class BarrierAlignment {

    /** A checkpoint whose first barrier has come, and not yet its last. */
    private static final class Pending {
        final CheckpointBarrier barrier;
        final long startNanos;
        final long startBytes;
        final BitSet arrived = new BitSet();

        /** Channels in which the barrier is known to wait, and may overtake. */
        boolean announced;

        Pending(CheckpointBarrier barrier, long startNanos, long startBytes) {
            this.barrier = barrier;
            this.startNanos = startNanos;
            this.startBytes = startBytes;
        }
    }

    /**
     * A checkpoint that may be taken now.
     *
     * @param alignmentNanos since its first barrier
     * @param processedBytes read meanwhile, by estimate and in whole batches
     * @param open the channels whose barrier has not been read: it overtakes what is before it there
     */
    record Aligned(CheckpointBarrier barrier, long alignmentNanos, long processedBytes, BitSet open) {}

    private final InputGate gate;
    private final LongConsumer declined;
    private final LongSupplier epochMillis;
    private final BitSet ended = new BitSet();
    private final TreeMap<Long, Pending> pendings = new TreeMap<>();
    private final Set<Long> aborted = new HashSet<>();
    private long latest = -1;

    /** @param declined hears of checkpoints that can not be complete here any more */
    BarrierAlignment(InputGate gate, LongConsumer declined, LongSupplier epochMillis) {
        this.gate = gate;
        this.declined = declined;
        this.epochMillis = epochMillis;
    }

    /** Whether a barrier would be the first of its checkpoint here. */
    boolean isFirst(CheckpointBarrier barrier) {
        return barrier.id() > latest && !aborted.contains(barrier.id()) && !pendings.containsKey(barrier.id());
    }

    /** A channel has delivered a barrier. Gives the checkpoint if it was the last one. */
    @Nullable
    Aligned barrier(CheckpointBarrier barrier, int channel, long nowNanos) {
        long id = barrier.id();
        if (id <= latest || aborted.contains(id)) {
            return null;
        }
        Pending pending = pending(barrier, nowNanos);
        pending.arrived.set(channel);
        if (pending.barrier.options().isExactlyOnce()) {
            gate.blockForBarrier(channel);
        }
        decline(this::isHopeless);
        return pendings.containsKey(id) && isReady(pending) ? take(pending, nowNanos) : null;
    }

    private Pending pending(CheckpointBarrier barrier, long nowNanos) {
        return pendings.computeIfAbsent(barrier.id(), unknown -> new Pending(barrier, nowNanos, gate.consumedBytes()));
    }

    /** A barrier waits in a channel and may overtake. Gives the checkpoint if it overtakes now. */
    @Nullable
    Aligned announced(CheckpointBarrier barrier, long nowNanos) {
        long id = barrier.id();
        if (id <= latest || aborted.contains(id)) {
            return null;
        }
        Pending pending = pending(barrier, nowNanos);
        pending.announced = true;
        return isReady(pending) ? take(pending, nowNanos) : null;
    }

    /** Time has passed. Gives the checkpoint whose alignment has taken too long. */
    @Nullable
    Aligned overdue(long nowNanos) {
        if (deadlineMillis() == Long.MAX_VALUE) {
            return null;
        }
        for (Pending pending : pendings.values()) {
            if (mayOvertake(pending)) {
                return take(pending, nowNanos);
            }
        }
        return null;
    }

    /** When {@link #overdue} may give a checkpoint, by the wall clock; {@link Long#MAX_VALUE} where it will not. */
    long deadlineMillis() {
        long earliest = Long.MAX_VALUE;
        if (pendings.isEmpty()) {
            return earliest;
        }
        for (Pending pending : pendings.values()) {
            if (pending.barrier.options().alignment() == Alignment.ALIGNED_WITH_TIMEOUT) {
                earliest = Math.min(earliest, deadlineMillis(pending));
            }
        }
        return earliest;
    }

    private static long deadlineMillis(Pending pending) {
        long deadline =
                pending.barrier.timestampMillis() + pending.barrier.options().alignedTimeoutMillis();
        return deadline < 0 ? Long.MAX_VALUE : deadline;
    }

    private boolean isReady(Pending pending) {
        return complete(pending) || mayOvertake(pending);
    }

    /** Not before every channel has delivered the barrier in which nothing overtakes. */
    private boolean mayOvertake(Pending pending) {
        boolean overtakes =
                switch (pending.barrier.options().alignment()) {
                    case UNALIGNED -> true;
                    case ALIGNED_WITH_TIMEOUT -> deadlineMillis(pending) <= epochMillis.getAsLong();
                    case ALIGNED, AT_LEAST_ONCE -> false;
                };
        if (!overtakes) {
            return false;
        }
        boolean any = pending.announced;
        for (int channel = 0; channel < gate.channels(); channel++) {
            boolean passed = pending.arrived.get(channel) || ended.get(channel);
            if (gate.isInOrder(channel) && !passed) {
                return false;
            }
            any |= pending.arrived.get(channel) && !gate.isInOrder(channel);
        }
        return any;
    }

    /** The coordinator wants a checkpoint of a task whose producers have all ended: no barrier will come. */
    @Nullable
    Aligned triggered(CheckpointBarrier barrier, long nowNanos) {
        long id = barrier.id();
        if (id <= latest || aborted.remove(id)) {
            return null;
        }
        Pending pending = pending(barrier, nowNanos);
        // what producers that have ended have left in the channels is before the barrier
        return complete(pending) ? take(pending, nowNanos) : null;
    }

    /** A channel has ended. Gives the latest checkpoint that waited for nothing else. */
    @Nullable
    Aligned channelEnded(int channel, long nowNanos) {
        ended.set(channel);
        for (Pending pending : pendings.descendingMap().values()) {
            if (isReady(pending)) {
                return take(pending, nowNanos);
            }
        }
        return null;
    }

    /** A checkpoint was given up elsewhere: nobody waits for its barriers any more. */
    void aborted(long id) {
        Pending pending = pendings.remove(id);
        if (pending != null) {
            release();
        }
        if (id > latest) {
            aborted.add(id);
        }
    }

    private boolean complete(Pending pending) {
        BitSet all = (BitSet) pending.arrived.clone();
        all.or(ended);
        return all.cardinality() == gate.channels();
    }

    private Aligned take(Pending pending, long nowNanos) {
        long id = pending.barrier.id();
        decline(older -> older.barrier.id() < id);
        pendings.remove(id);
        aborted.removeIf(known -> known <= id);
        latest = id;
        release();
        BitSet open = new BitSet();
        open.set(0, gate.channels());
        open.andNot(pending.arrived);
        open.andNot(ended);
        return new Aligned(
                pending.barrier, nowNanos - pending.startNanos, gate.consumedBytes() - pending.startBytes, open);
    }

    /** A channel that has delivered the barrier of a later checkpoint, and not of this, never will. */
    private boolean isHopeless(Pending pending) {
        for (Pending later : pendings.tailMap(pending.barrier.id(), false).values()) {
            BitSet past = (BitSet) later.arrived.clone();
            past.andNot(pending.arrived);
            if (!past.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private void decline(Predicate<Pending> hopeless) {
        List<Long> ids = pendings.values().stream()
                .filter(hopeless)
                .map(pending -> pending.barrier.id())
                .toList();
        if (!ids.isEmpty()) {
            ids.forEach(pendings::remove);
            release();
            ids.forEach(declined::accept);
        }
    }

    /** Lets go of every channel that no pending checkpoint holds. */
    private void release() {
        for (int channel = 0; channel < gate.channels(); channel++) {
            boolean held = false;
            for (Pending pending : pendings.values()) {
                held |= pending.barrier.options().isExactlyOnce() && pending.arrived.get(channel);
            }
            if (!held) {
                gate.unblockForBarrier(channel);
            }
        }
    }
}
