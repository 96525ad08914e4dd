package dev.weir.engine.exchange;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds the channels of a dataflow: a consumer for each subtask, a producer for each
 * subtask and edge, a connection for each channel; then the gates and writers are ready to be taken.
 *
 * <p>Used by one thread, before any task runs; starting the tasks' threads hands the result over to them.
 */
public final class Exchange {
    private final ChannelLimits limits;

    public Exchange(ChannelLimits limits) {
        this.limits = limits;
    }

    /** A subtask's inputs, to be connected. */
    public Consumer consumer(int[] channelsOfInput, TaskSignal task) {
        return new Consumer(channelsOfInput, task);
    }

    /** One subtask's end of one edge, to be connected, with channels that are bounded by the number of their batches. */
    public Producer producer(
            int channels, long bufferTimeoutMillis, boolean bounded, boolean overtakable, TaskSignal task) {
        return producer(
                channels, bufferTimeoutMillis, bounded, overtakable, task, new ChannelCredit(limits.batchesMax(), 0));
    }

    /** One subtask's end of one edge, to be connected. */
    public Producer producer(
            int channels,
            long bufferTimeoutMillis,
            boolean bounded,
            boolean overtakable,
            TaskSignal task,
            ChannelCredit credit) {
        return new Producer(channels, bufferTimeoutMillis, bounded, overtakable, task, credit, null);
    }

    /**
     * One subtask's end of a blocking edge, to be connected: its channels have no bound.
     *
     * @param directory for a file with what has no room in memory
     * @param memoryMax bytes that have, by estimate
     */
    public Producer blockingProducer(
            int channels, long bufferTimeoutMillis, TaskSignal task, Path directory, long memoryMax) {
        return new Producer(
                channels,
                bufferTimeoutMillis,
                false,
                false,
                task,
                new ChannelCredit(limits.batchesMax(), 0),
                new SpillFile(directory, memoryMax, channels));
    }

    /** A subtask's inputs while they are being wired. */
    public final class Consumer {
        private final List<List<Channel>> channelsOfInput = new ArrayList<>();
        private final InputGate.Ready ready;
        private final BitSet inOrder = new BitSet();
        private final int[] nextIndex;
        private final int channels;

        private Consumer(int[] channelCounts, TaskSignal task) {
            nextIndex = new int[channelCounts.length];
            int total = 0;
            for (int input = 0; input < channelCounts.length; input++) {
                channelsOfInput.add(new ArrayList<>());
                nextIndex[input] = total;
                total += channelCounts[input];
            }
            channels = total;
            ready = new InputGate.Ready(total, task);
        }

        /** As below, with batches that are bounded by the number of their records only. */
        public void connect(int input, Producer producer, int channel) {
            connect(input, producer, channel, Integer.MAX_VALUE);
        }

        /**
         * Connects the next channel of an input to a producer's channel of the given index.
         *
         * @param batchBytes what is in one batch, by estimate
         */
        public void connect(int input, Producer producer, int channel, int batchBytes) {
            int index = nextIndex[input]++;
            Channel connected = new Channel(
                    limits.among(Math.max(channels, producer.connected.length)),
                    producer.bounded,
                    producer.exclusive,
                    producer.credit,
                    batchBytes,
                    ready,
                    index,
                    producer.spill);
            channelsOfInput.get(input).add(connected);
            if (!producer.overtakable) {
                inOrder.set(index);
            }
            producer.connected[channel] = connected;
        }

        /** The gate over everything that was connected, in the order of connecting. */
        public InputGate gate() {
            return new InputGate(channelsOfInput, ready, inOrder);
        }
    }

    /** One subtask's writer of one edge while it is being wired. */
    public static final class Producer {
        private final Channel[] connected;
        private final long bufferTimeoutMillis;
        private final boolean bounded;
        private final boolean overtakable;
        private final int exclusive;
        private final Credit credit;
        private final int batchesMax;
        private final @Nullable SpillFile spill;

        private Producer(
                int channels,
                long bufferTimeoutMillis,
                boolean bounded,
                boolean overtakable,
                TaskSignal task,
                ChannelCredit credit,
                @Nullable SpillFile spill) {
            this.spill = spill;
            this.exclusive = credit.exclusive();
            this.credit = new Credit(task, credit.floating(), channels);
            this.batchesMax = bounded ? credit.exclusive() * channels + credit.floating() : 0;
            this.overtakable = overtakable;
            this.connected = new Channel[channels];
            this.bufferTimeoutMillis = bufferTimeoutMillis;
            this.bounded = bounded;
        }

        /** The writer, once every channel is connected. */
        public ChannelWriter writer() {
            return new ChannelWriter(List.of(connected), bufferTimeoutMillis, overtakable, credit, batchesMax);
        }
    }
}
