package dev.weir.engine.exchange;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The consuming end of a subtask: all channels of all its logical inputs, read in turns.
 *
 * <p>Owned by the task's thread. {@link #advance} stands the gate on the next run of records or on one control element
 * of an input; the accessors describe it until {@link #take} says how much of it was used. A channel that has more is
 * put behind the others, so that none starves, and idle channels cost nothing. Never blocks.
 */
public final class InputGate {
    private static final byte BY_INPUT = 1;
    private static final byte BY_BARRIER = 2;

    private final Channel[] channels;
    private final int[] firstOfInput;
    private final Ready ready;
    private final BitSet inOrder;
    private final Turns[] turns;
    private final boolean[] queued;
    private final byte[] blocked;
    private final boolean[] heldBack;

    private @Nullable GateSizing sizing;
    private int input;
    private int current = -1;
    private @Nullable Batch batch;
    private int to;
    private @Nullable Control control;

    InputGate(List<List<Channel>> channelsOfInput, Ready ready, BitSet inOrder) {
        this.inOrder = inOrder;
        this.channels = channelsOfInput.stream().flatMap(List::stream).toArray(Channel[]::new);
        this.ready = ready;
        this.queued = new boolean[channels.length];
        this.blocked = new byte[channels.length];
        this.heldBack = new boolean[channels.length];
        this.firstOfInput = new int[channelsOfInput.size() + 1];
        this.turns = new Turns[channelsOfInput.size()];
        for (int i = 0; i < turns.length; i++) {
            int count = channelsOfInput.get(i).size();
            turns[i] = new Turns(count);
            firstOfInput[i + 1] = firstOfInput[i] + count;
        }
    }

    /** Number of channels of a logical input; 0 for one that no edge leads to. */
    public int channels(int logicalInput) {
        return firstOfInput[logicalInput + 1] - firstOfInput[logicalInput];
    }

    /**
     * Has the size of batches follow the throughput from now on.
     *
     * @param maxBytes the largest size of a batch
     */
    public void debloat(Debloating settings, int maxBytes) {
        sizing = new GateSizing(channels, settings, maxBytes);
    }

    /**
     * Looks at the throughput, where it is time to and sizes follow it.
     *
     * @param idleNanos how long in all the task has had nothing to read
     */
    public void debloat(long nowNanos, long idleNanos) {
        GateSizing following = sizing;
        if (following != null) {
            following.look(nowNanos, idleNanos);
        }
    }

    /** Any thread, as Flink's {@code debloatedBufferSize}: what a batch may take at most; 0 where sizes follow nothing. */
    public int debloatedBytes() {
        GateSizing following = sizing;
        return following == null ? 0 : following.bytes();
    }

    /** Any thread, as Flink's {@code estimatedTimeToConsumeBuffersMs}: what is in flight by the throughput; 0 likewise. */
    public long millisToConsume() {
        GateSizing following = sizing;
        return following == null ? 0 : following.millisToConsume();
    }

    /**
     * Any thread: batches in flight in all channels, of what these may have; as Flink's {@code inPoolUsage}, from 0 to 1, and 0
     * where no channel has a bound.
     */
    public float poolUsage() {
        int inFlight = 0;
        int most = 0;
        for (Channel channel : channels) {
            int fair = channel.fairBatches();
            most += fair;
            inFlight += fair == 0 ? 0 : channel.batchesInFlight();
        }
        return most == 0 ? 0 : Math.min(1, (float) inFlight / most);
    }

    /** Task thread: of all batches that were used up so far, by estimate. */
    public long consumedBytes() {
        long bytes = 0;
        for (Channel channel : channels) {
            bytes += channel.consumedBytes();
        }
        return bytes;
    }

    /** Takes note of the channels that were signalled since the last call. */
    public void collect() {
        for (int word = 0; word < ready.words(); word++) {
            long bits = ready.takeWord(word);
            while (bits != 0) {
                int channel = (word << 6) + Long.numberOfTrailingZeros(bits);
                bits &= bits - 1;
                if (!queued[channel]) {
                    queued[channel] = true;
                    turns[inputOf(channel)].add(channel);
                } else {
                    // The signal is used up here; without the look the channel would leave its turn at what it saw
                    // before.
                    channels[channel].look();
                }
            }
        }
    }

    /** The input of a channel that is given by its index over all inputs. */
    public int inputOf(int channel) {
        int i = 0;
        while (channel >= firstOfInput[i + 1]) {
            i++;
        }
        return i;
    }

    /** Stands on the next run or control element of an input; false when none of its channels has any. */
    public boolean advance(int logicalInput) {
        Turns turn = turns[logicalInput];
        while (!turn.isEmpty()) {
            int channel = turn.next();
            if (blocked[channel] != 0) {
                heldBack[channel] = true;
                continue;
            }
            Channel candidate = channels[channel];
            if (candidate.read() == candidate.seen() && !candidate.look()) {
                queued[channel] = false;
                continue;
            }
            Batch found = candidate.head();
            int from = candidate.read();
            int end = found.nextControl(from, candidate.seen());
            input = logicalInput;
            current = channel;
            batch = found;
            control = end == from ? (Control) found.values[from] : null;
            to = end == from ? from + 1 : end;
            return true;
        }
        return false;
    }

    /** Reads no more of a channel until its input is unblocked: what it holds stays there, in order. */
    public void block(int logicalInput, int channelOfInput) {
        blocked[firstOfInput[logicalInput] + channelOfInput] |= BY_INPUT;
    }

    /** Takes back every {@link #block} of an input. */
    public void unblock(int logicalInput) {
        for (int channel = firstOfInput[logicalInput]; channel < firstOfInput[logicalInput + 1]; channel++) {
            free(channel, logicalInput, BY_INPUT);
        }
    }

    /** As {@link #block}, for the alignment of barriers, by the channel's index over all inputs. */
    public void blockForBarrier(int channel) {
        blocked[channel] |= BY_BARRIER;
    }

    /** Takes back {@link #blockForBarrier}. */
    public void unblockForBarrier(int channel) {
        free(channel, inputOf(channel), BY_BARRIER);
    }

    private void free(int channel, int logicalInput, byte reason) {
        blocked[channel] &= (byte) ~reason;
        if (blocked[channel] == 0 && heldBack[channel]) {
            heldBack[channel] = false;
            turns[logicalInput].add(channel);
        }
    }

    /** What a channel holds that has not been read. Rows and records as in {@link RecordBatch}. */
    public interface Elements {
        void records(RecordBatch batch, int from, int to);

        void control(Control element);
    }

    /** A control element that waits in a channel, given by its index over all inputs, and may overtake what is before it. */
    public record Announced(int channel, Control element) {}

    /** The next element that was announced, null where none was. */
    public @Nullable Announced pollAnnounced() {
        return ready.pollAnnounced();
    }

    /** Whether nothing overtakes anything in a channel, given by its index over all inputs. */
    public boolean isInOrder(int channel) {
        return inOrder.get(channel);
    }

    /**
     * Shows what waits in a channel, given by its index over all inputs, before a control element.
     *
     * @return false where that element is not there; nothing is shown then
     */
    public boolean peek(int channel, Control upTo, Elements elements) {
        return channels[channel].peek(upTo, elements);
    }

    /** A channel's index in its input, by its index over all inputs. */
    public int channelOfInput(int channel) {
        return channel - firstOfInput[inputOf(channel)];
    }

    /** Number of channels of all inputs. */
    public int channels() {
        return channels.length;
    }

    /** Index over all inputs of a channel that is known by its input. */
    public int flattened(int logicalInput, int channelOfInput) {
        return firstOfInput[logicalInput] + channelOfInput;
    }

    /** Index of the current channel among those of its input. */
    public int channel() {
        return current - firstOfInput[input];
    }

    /** The current control element, or null when the gate stands on records. */
    public @Nullable Control control() {
        return control;
    }

    /** Only slots {@link #from()} to {@link #to()} are the caller's to read. */
    public RecordBatch batch() {
        return standing();
    }

    public int from() {
        return channels[current].read();
    }

    public int to() {
        return to;
    }

    /** Leaves the run: the elements before {@code upTo} were used. */
    public void take(int upTo) {
        int channel = current;
        batch = null;
        control = null;
        if (channels[channel].take(upTo)) {
            turns[input].add(channel);
        } else {
            queued[channel] = false;
        }
    }

    /** Any thread: whether a channel was signalled that {@link #collect()} has not seen. */
    public boolean isSignalled() {
        return ready.any();
    }

    /** Any thread: how much waits to be read. */
    public Occupancy occupancy() {
        return Occupancy.of(channels, poolUsage());
    }

    /**
     * Any thread: bytes that were read, by the estimate that they are charged by. A batch counts when it is used up, and one
     * that is not full while nothing waits behind it: so this may fall by less than a batch.
     */
    public long receivedBytes() {
        long bytes = 0;
        for (Channel channel : channels) {
            bytes += channel.receivedBytes();
        }
        return bytes;
    }

    /** The subtask has ended: producers no longer wait for it. */
    public void release() {
        for (Channel channel : channels) {
            channel.release();
        }
    }

    private Batch standing() {
        Batch standing = batch;
        if (standing == null) {
            throw new IllegalStateException("the gate stands on nothing: advance first");
        }
        return standing;
    }

    /** The channels of one input that have data, in the order of their turns. A ring: each channel is in it at most once. */
    private static final class Turns {
        private final int[] ring;
        private int head;
        private int count;

        Turns(int channels) {
            ring = new int[channels];
        }

        boolean isEmpty() {
            return count == 0;
        }

        void add(int channel) {
            int slot = head + count++;
            ring[slot < ring.length ? slot : slot - ring.length] = channel;
        }

        int next() {
            int channel = ring[head];
            head = head + 1 < ring.length ? head + 1 : 0;
            count--;
            return channel;
        }
    }

    /** One bit for each channel of a gate, set by producers and flushers, cleared by the consumer. */
    static final class Ready {
        private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

        private final long[] bits;
        private final Queue<Announced> announced = new ConcurrentLinkedQueue<>();
        private final TaskSignal consumer;

        Ready(int channels, TaskSignal consumer) {
            this.bits = new long[(channels + 63) >>> 6];
            this.consumer = consumer;
        }

        int words() {
            return bits.length;
        }

        void announce(int channel, Control element) {
            announced.add(new Announced(channel, element));
            consumer.raise();
        }

        @Nullable
        Announced pollAnnounced() {
            return announced.poll();
        }

        void signal(int channel) {
            long bit = 1L << channel;
            // Orders the element before the look at the bit: a bit still set will be cleared before the consumer looks.
            VarHandle.fullFence();
            if (((long) WORD.getVolatile(bits, channel >>> 6) & bit) == 0
                    && ((long) WORD.getAndBitwiseOr(bits, channel >>> 6, bit) & bit) == 0) {
                consumer.dataReady();
            }
        }

        long takeWord(int word) {
            return (long) WORD.getVolatile(bits, word) == 0 ? 0 : (long) WORD.getAndSet(bits, word, 0L);
        }

        boolean any() {
            for (int word = 0; word < bits.length; word++) {
                if ((long) WORD.getVolatile(bits, word) != 0) {
                    return true;
                }
            }
            return false;
        }
    }
}
