package dev.weir.bench.program;

import dev.weir.bench.input.Pace;
import dev.weir.bench.measure.Latencies;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceReader;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.util.NumberSequenceIterator;

/** A sequence of numbers that are sent when they are due. A reader never blocks: until then it is unavailable. */
final class PacedSequence extends NumberSequenceSource {
    private final Pace pace;

    PacedSequence(long from, long to, Pace pace) {
        super(from, to);
        this.pace = pace;
    }

    @Override
    public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
        return new Reader(context, pace);
    }

    private static final class Reader extends IteratorSourceReader<Long, NumberSequenceIterator, NumberSequenceSplit> {
        private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        private final Pace pace;
        private CompletableFuture<Void> due = CompletableFuture.completedFuture(null);
        private long sent;

        Reader(SourceReaderContext context, Pace pace) {
            super(context);
            this.pace = pace;
        }

        @Override
        public InputStatus pollNext(ReaderOutput<Long> output) {
            // the first goes at once: only when every reader has one does time start
            if (sent > 0) {
                long sinceStart = System.nanoTime() - Latencies.ofRun().startNanos();
                if (sinceStart < pace.dueNanos(sent)) {
                    CompletableFuture<Void> wakeUp = new CompletableFuture<>();
                    due = wakeUp;
                    clock.schedule(
                            () -> wakeUp.complete(null), Pace.untilWakeUpNanos(sinceStart), TimeUnit.NANOSECONDS);
                    return InputStatus.NOTHING_AVAILABLE;
                }
            }
            InputStatus status = super.pollNext(output);
            if (status == InputStatus.MORE_AVAILABLE) {
                sent++;
            }
            return status;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return due.isDone() ? super.isAvailable() : due;
        }

        @Override
        public void close() throws Exception {
            clock.shutdownNow();
            super.close();
        }
    }
}
