package dev.weir.engine.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ChannelTest {
    private final TaskSignal producerTask = TaskSignal.overflowing();
    private InputGate gate;

    @Test
    void withoutATimeoutOnlyFullBatchesAreHandedOver() {
        ChannelWriter writer = connect(new ChannelLimits(8, 4, 4), -1);
        emit(writer, 1, 2, 3);
        assertThat(read()).isEmpty();

        emit(writer, 4, 5);

        // The batch that was full, and what stood behind it when the consumer came.
        assertThat(read()).containsExactly(1, 2, 3, 4, 5);
        emit(writer, 6);
        assertThat(read()).isEmpty();
    }

    @Test
    void aTimeoutOfZeroHandsOverEachRecord() {
        ChannelWriter writer = connect(ChannelLimits.DEFAULT, 0);
        for (int i = 0; i < 100; i++) {
            emit(writer, i);
            assertThat(read()).containsExactly(i);
        }
    }

    @Test
    void aFlushHandsOverWhatIsThereAndOnlyThen() {
        ChannelWriter writer = connect(ChannelLimits.DEFAULT, 100);
        emit(writer, 1, 2);
        assertThat(read()).isEmpty();
        assertThat(writer.isDirty()).isTrue();

        writer.flushDirty();

        assertThat(writer.isDirty()).isFalse();
        assertThat(read()).containsExactly(1, 2);
        emit(writer, 3);
        assertThat(read()).isEmpty();
        writer.flush();
        assertThat(read()).containsExactly(3);
        writer.flush();
        assertThat(gate.isSignalled()).isFalse();
    }

    @Test
    void hashesOfKeysComeWithTheirRecords() {
        ChannelWriter writer = connect(new ChannelLimits(8, 8, 8), 0);
        RowFormat rows = new RowFormat() {
            @Override
            public int words() {
                return 1;
            }

            @Override
            public Object read(long[] words, int at, @Nullable Object part) {
                return words[at];
            }
        };
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int hash = i < 3 ? 0 : i * 7;
            if (i % 3 == 0) {
                writer.emit(0, rows, new long[] {i}, null, i, hash);
            } else if (i % 5 == 0) {
                writer.emit(0, (Object) i, i);
                hash = 0;
            } else {
                writer.emit(0, i, i, hash);
            }
            sent.add(i + " " + hash);
        }

        List<String> seen = new ArrayList<>();
        gate.collect();
        while (gate.advance(0)) {
            RecordBatch batch = gate.batch();
            int[] hashes = batch.keyHashes();
            for (int slot = gate.from(); slot < gate.to(); slot++) {
                seen.add(batch.timestamps()[slot] + " " + (hashes.length == 0 ? 0 : hashes[slot]));
            }
            gate.take(gate.to());
        }
        assertThat(seen).isEqualTo(sent);
    }

    @Test
    void theEndIsHandedOverAtOnce() {
        ChannelWriter writer = connect(ChannelLimits.DEFAULT, -1);
        emit(writer, 1);

        writer.broadcast(EndOfData.DRAIN);
        assertThat(read()).containsExactly(1, EndOfData.DRAIN);
        writer.broadcast(EndOfChannel.INSTANCE);
        assertThat(read()).containsExactly(EndOfChannel.INSTANCE);
    }

    @Test
    void controlElementsKeepTheirPlaceAmongRecords() {
        ChannelWriter writer = connect(new ChannelLimits(8, 3, 100), 100);
        List<Object> sent = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            if (i % 7 == 0 || i % 33 == 0) {
                Control control = new Control() {};
                sent.add(control);
                writer.emit(0, control);
            } else {
                sent.add(i);
                emit(writer, i);
            }
        }
        writer.flush();

        assertThat(read()).isEqualTo(sent);
    }

    @Test
    void aFullChannelIsUnavailableUntilABatchIsUsedUp() {
        ChannelWriter writer = connect(new ChannelLimits(2, 2, 2), 100);
        emit(writer, 1, 2, 3);
        assertThat(writer.isAvailable()).isTrue();
        assertThat(producerTask.isRaised()).isFalse();

        emit(writer, 4);

        assertThat(writer.isAvailable()).isFalse();
        assertThat(producerTask.isRaised()).isTrue();
        gate.collect();
        assertThat(gate.advance(0)).isTrue();
        gate.take(gate.from() + 1);
        assertThat(writer.isAvailable()).isFalse();
        assertThat(gate.advance(0)).isTrue();
        gate.take(gate.from() + 1);
        assertThat(writer.isAvailable()).isTrue();
    }

    /** As on Flink, where events take no buffer. */
    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatIsUrgentWaitsForNoSpace() {
        Exchange exchange = new Exchange(new ChannelLimits(2, 2, 4));
        ChannelWriter writer = connect(exchange, exchange.producer(1, 100, true, true, TaskSignal.blocking()));
        emit(writer, 1, 2, 3, 4, 5, 6);
        assertThat(writer.isAvailable()).isFalse();

        writer.broadcast(EndOfData.DRAIN);
        writer.broadcast(EndOfData.NO_DRAIN);

        assertThat(writer.isAvailable()).isFalse();
        assertThat(read()).containsExactly(1, 2, 3, 4, 5, 6, EndOfData.DRAIN, EndOfData.NO_DRAIN);
        assertThat(writer.isAvailable()).isTrue();
        for (int round = 0; round < 10; round++) {
            emit(writer, 1, 2, 3, 4);
            assertThat(writer.isAvailable()).isTrue();
            writer.flush();
            assertThat(read()).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void anUnboundedChannelIsNeverFull() {
        Exchange exchange = new Exchange(new ChannelLimits(1, 1, 1));
        ChannelWriter writer = connect(exchange, exchange.producer(1, 100, false, true, producerTask));

        for (int i = 0; i < 1_000; i++) {
            emit(writer, i);
            assertThat(writer.isAvailable()).isTrue();
        }

        assertThat(read()).hasSize(1_000);
    }

    @Test
    void whatIsSentToAReleasedConsumerIsDropped() {
        ChannelWriter writer = connect(new ChannelLimits(1, 2, 2), 100);
        emit(writer, 1, 2);
        assertThat(writer.isAvailable()).isFalse();

        gate.release();

        assertThat(writer.isAvailable()).isTrue();
        for (int i = 0; i < 100; i++) {
            emit(writer, i);
        }
        assertThat(writer.isAvailable()).isTrue();
    }

    @Test
    void usedRecordsAreForgottenBeforeTheirBatchIs() {
        ChannelWriter writer = connect(ChannelLimits.DEFAULT, 0);
        emit(writer, 1, 2);
        gate.collect();
        assertThat(gate.advance(0)).isTrue();
        Object[] values = gate.batch().values();
        gate.take(1);

        assertThat(values[0]).isNull();
        assertThat(values[1]).isEqualTo(2);
    }

    @Test
    void batchesGrowWhereTheConsumerIsBehindAndOnlyThere() {
        ChannelWriter behind = connect(new ChannelLimits(100, 2, 16), -1);
        for (int i = 0; i < 62; i++) {
            emit(behind, i);
        }
        assertThat(runs()).containsExactly(2, 4, 8, 16, 16, 16);

        ChannelWriter keptUp = connect(new ChannelLimits(100, 2, 16), 0);
        for (int i = 0; i < 62; i++) {
            emit(keptUp, i);
            assertThat(read()).hasSize(1);
        }
        for (int i = 0; i < 4; i++) {
            emit(keptUp, i);
        }
        assertThat(runs()).containsExactly(2, 2);
    }

    @Test
    void channelsTakeTurns() {
        Exchange exchange = new Exchange(new ChannelLimits(8, 2, 2));
        Exchange.Consumer consumer = exchange.consumer(new int[] {3}, TaskSignal.overflowing());
        List<ChannelWriter> writers = new ArrayList<>();
        for (int channel = 0; channel < 3; channel++) {
            Exchange.Producer producer = exchange.producer(1, 100, true, true, producerTask);
            consumer.connect(0, producer, 0);
            writers.add(producer.writer());
        }
        gate = consumer.gate();
        for (ChannelWriter writer : writers) {
            emit(writer, 1, 2, 3, 4);
        }

        List<Integer> turns = new ArrayList<>();
        gate.collect();
        while (gate.advance(0)) {
            turns.add(gate.channel());
            gate.take(gate.to());
        }

        assertThat(turns).containsExactly(0, 1, 2, 0, 1, 2);
    }

    /** Or one that lives for long, in the old generation, would keep all that follow from being collected with the young. */
    @Test
    @Timeout(60)
    void aBatchThatWasReadHoldsNoneOfThoseBehindIt() throws Exception {
        ChannelWriter writer = connect(new ChannelLimits(8, 2, 2), -1);
        emit(writer, 1, 2, 3, 4, 5);
        gate.collect();
        assertThat(gate.advance(0)).isTrue();
        RecordBatch first = gate.batch();
        gate.take(gate.to());
        assertThat(gate.advance(0)).isTrue();
        WeakReference<RecordBatch> second = new WeakReference<>(gate.batch());
        gate.take(gate.to());

        while (second.get() != null) {
            System.gc();
            Thread.sleep(1);
        }
        assertThat(first.values()).hasSize(2).containsOnlyNulls();
        assertThat(read()).containsExactly(5);
    }

    private ChannelWriter connect(ChannelLimits limits, long bufferTimeoutMillis) {
        Exchange exchange = new Exchange(limits);
        return connect(exchange, exchange.producer(1, bufferTimeoutMillis, true, true, producerTask));
    }

    private ChannelWriter connect(Exchange exchange, Exchange.Producer producer) {
        Exchange.Consumer consumer = exchange.consumer(new int[] {1}, TaskSignal.overflowing());
        consumer.connect(0, producer, 0);
        gate = consumer.gate();
        return producer.writer();
    }

    private static void emit(ChannelWriter writer, int... values) {
        for (int value : values) {
            writer.emit(0, (Object) value, value);
        }
    }

    /** What the consumer reads when it is told to, until it has nothing more. */
    private List<Object> read() {
        List<Object> got = new ArrayList<>();
        gate.collect();
        while (gate.advance(0)) {
            Control control = gate.control();
            for (int i = gate.from(); i < gate.to(); i++) {
                got.add(gate.batch().values()[i]);
                assertThat(gate.batch().timestamps()[i])
                        .isEqualTo(control == null ? (Integer) gate.batch().values()[i] : EdgeWriter.NO_TIMESTAMP);
            }
            gate.take(gate.to());
        }
        return got;
    }

    private List<Integer> runs() {
        List<Integer> lengths = new ArrayList<>();
        gate.collect();
        while (gate.advance(0)) {
            lengths.add(gate.to() - gate.from());
            gate.take(gate.to());
        }
        return lengths;
    }
}
