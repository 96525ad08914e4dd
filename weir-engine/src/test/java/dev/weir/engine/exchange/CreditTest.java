package dev.weir.engine.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CreditTest {
    private static final int BATCH_BYTES = 1_000;
    private static final int SLOT_BYTES = 16;
    private static final ChannelLimits LIMITS = ChannelLimits.DEFAULT;

    private final TaskSignal producer = TaskSignal.overflowing();
    private final List<InputGate> gates = new ArrayList<>();

    @Test
    void whatIsInFlightNeverExceedsTheCreditButForOneLargeRecordOfAChannel() {
        for (long seed = 0; seed < 100; seed++) {
            run(new Random(seed), seed, 0);
            run(new Random(seed), seed, 1 + new Random(seed).nextInt(20));
        }
    }

    private void run(Random random, long seed, int largePercent) {
        gates.clear();
        ChannelCredit credit = new ChannelCredit(1 + random.nextInt(3), random.nextInt(6));
        int channels = 1 + random.nextInt(4);
        ChannelWriter writer = connect(channels, credit);
        List<Queue<Integer>> inFlight = new ArrayList<>();
        for (int channel = 0; channel < channels; channel++) {
            inFlight.add(new ArrayDeque<>());
        }
        int budget = (credit.exclusive() * channels + credit.floating()) * BATCH_BYTES;
        int slow = random.nextInt(channels + 1);
        int full = 0;
        for (int step = 0; step < 1_000; step++) {
            int channel = random.nextInt(channels);
            if (writer.isAvailable() && random.nextInt(3) > 0) {
                boolean large = random.nextInt(100) < largePercent;
                int bytes = large ? 1 + random.nextInt(100 * BATCH_BYTES) : random.nextInt(BATCH_BYTES / 2);
                writer.emit(channel, (Object) bytes, 0);
                writer.flush();
                inFlight.get(channel).add(bytes + SLOT_BYTES);
            } else if (channel != slow || !writer.isAvailable()) {
                full += writer.isAvailable() ? 0 : 1;
                read(channel, inFlight.get(channel), random);
            }
            assertThat(bytes(inFlight))
                    .as("seed %s, step %s, %s", seed, step, credit)
                    .isLessThanOrEqualTo(budget + large(inFlight));
        }
        assertThat(full).as("seed %s: how often a channel was full", seed).isPositive();
        for (int channel = 0; channel < channels; channel++) {
            while (!inFlight.get(channel).isEmpty()) {
                read(channel, inFlight.get(channel), random);
            }
        }
        assertThat(writer.isAvailable()).isTrue();
        assertThat(writer.poolUsage()).isLessThanOrEqualTo(1f);
    }

    @Test
    void allOfALargeCreditCanBeUsedByOneChannel() {
        ChannelWriter writer = connect(1, new ChannelCredit(2, 98));
        int records = 0;
        while (writer.isAvailable()) {
            writer.emit(0, (Object) (BATCH_BYTES - SLOT_BYTES), 0);
            records++;
        }

        assertThat(records).isEqualTo(100);
        assertThat(writer.poolUsage()).isEqualTo(1f);
    }

    private static int bytes(List<Queue<Integer>> inFlight) {
        return inFlight.stream()
                .flatMap(Queue::stream)
                .mapToInt(Integer::intValue)
                .sum();
    }

    /** The largest record of each channel, where it is more than half a batch. */
    private static int large(List<Queue<Integer>> inFlight) {
        return inFlight.stream()
                .mapToInt(channel -> channel.stream()
                        .filter(bytes -> bytes > BATCH_BYTES / 2)
                        .mapToInt(Integer::intValue)
                        .max()
                        .orElse(0))
                .sum();
    }

    @Test
    void aChannelWhoseConsumerIsSlowHoldsBackNoOther() {
        ChannelWriter writer = connect(2, new ChannelCredit(1, 4));
        writer.charge(value -> 300);
        while (writer.isAvailable()) {
            writer.emit(0, (Object) 0, 0);
        }
        // the slow one has all of the floating credit now

        for (int i = 0; i < 1_000; i++) {
            float before = writer.poolUsage();
            writer.emit(1, (Object) i, 0);
            writer.flush();
            Queue<Integer> expected = new ArrayDeque<>(List.of(i));
            read(1, expected, null);
            assertThat(expected).isEmpty();
            assertThat(writer.poolUsage()).isBetween(before - 0.2f, 1f);
        }
    }

    @Test
    void aChannelInDebtTakesNoFloatingCredit() {
        ChannelWriter writer = connect(2, new ChannelCredit(1, 4));
        Queue<Integer> others = new ArrayDeque<>();
        while (writer.isAvailable()) {
            writer.emit(1, (Object) 600, 0);
            others.add(600);
        }
        writer.emit(0, (Object) (50 * BATCH_BYTES), 0);

        while (!others.isEmpty()) {
            read(1, others, null);
        }
        assertThat(writer.isAvailable()).isFalse();

        read(0, new ArrayDeque<>(List.of(50 * BATCH_BYTES)), null);
        assertThat(writer.isAvailable()).isTrue();
    }

    @Test
    void floatingCreditComesBack() {
        ChannelWriter writer = connect(2, new ChannelCredit(1, 4));
        writer.charge(value -> BATCH_BYTES);
        int first = fill(writer, 0);
        assertThat(first).isEqualTo(fillAfterReading(writer, 0, first));
        assertThat(fillAfterReading(writer, 0, first)).isEqualTo(first);
        assertThat(writer.poolUsage()).isEqualTo(1);
    }

    @Test
    void whatIsInFlightFollowsTheThroughput() {
        ChannelWriter writer = connect(1, new ChannelCredit(4, 0));
        writer.charge(value -> 100);
        InputGate gate = gates.get(0);
        gate.debloat(new Debloating(100, 100, 1, 1, BATCH_BYTES, 50), BATCH_BYTES);
        Queue<Integer> inFlight = new ArrayDeque<>();
        long nanos = 0;
        int sent = send(writer, inFlight, 0);
        assertThat(inFlight).hasSizeGreaterThan(15);

        for (int round = 0; round < 50; round++) {
            gate.debloat(nanos += 100_000_000, 0);
            read(0, inFlight, null);
            sent = send(writer, inFlight, sent);
        }
        assertThat(inFlight).hasSizeLessThan(6);
        assertThat(gate.debloatedBytes()).isLessThan(150);

        for (int round = 0; round < 50; round++) {
            gate.debloat(nanos += 100_000_000, 0);
            for (int often = 0; often < 10; often++) {
                while (!inFlight.isEmpty()) {
                    read(0, inFlight, null);
                }
                sent = send(writer, inFlight, sent);
            }
        }
        assertThat(inFlight).hasSizeGreaterThan(15);
        assertThat(gate.millisToConsume()).isPositive();
    }

    private static int send(ChannelWriter writer, Queue<Integer> inFlight, int from) {
        int next = from;
        while (writer.isAvailable()) {
            inFlight.add(next);
            writer.emit(0, (Object) next++, 0);
        }
        writer.flush();
        return next;
    }

    private int fillAfterReading(ChannelWriter writer, int channel, int records) {
        Queue<Integer> expected = new ArrayDeque<>();
        for (int i = 0; i < records; i++) {
            expected.add(i);
        }
        while (!expected.isEmpty()) {
            read(channel, expected, null);
        }
        return fill(writer, channel);
    }

    private static int fill(ChannelWriter writer, int channel) {
        int sent = 0;
        while (writer.isAvailable()) {
            writer.emit(channel, (Object) sent++, 0);
        }
        writer.flush();
        return sent;
    }

    /** One consumer for each channel; a record's size is its value. */
    private ChannelWriter connect(int channels, ChannelCredit credit) {
        Exchange exchange = new Exchange(LIMITS);
        Exchange.Producer end = exchange.producer(channels, 100, true, true, producer, credit);
        for (int channel = 0; channel < channels; channel++) {
            Exchange.Consumer consumer = exchange.consumer(new int[] {1}, TaskSignal.overflowing());
            consumer.connect(0, end, channel, BATCH_BYTES);
            gates.add(consumer.gate());
        }
        ChannelWriter writer = end.writer();
        writer.charge(value -> (Integer) value);
        return writer;
    }

    /** Reads a run, or part of it, in order. */
    private void read(int channel, Queue<Integer> expected, @Nullable Random random) {
        InputGate gate = gates.get(channel);
        gate.collect();
        if (!gate.advance(0)) {
            return;
        }
        int to = random == null ? gate.to() : gate.from() + 1 + random.nextInt(gate.to() - gate.from());
        for (int i = gate.from(); i < to; i++) {
            int value = (Integer) gate.batch().values()[i];
            Integer next = expected.remove();
            assertThat(next).isIn(value, value + SLOT_BYTES);
        }
        gate.take(to);
    }
}
