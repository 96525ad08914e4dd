package dev.weir.it.harness;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Writes each element as a line on the run's board, at the moment it arrives (so a later mutation does not show). */
final class BoardSink<T> implements Sink<T> {
    private static final long serialVersionUID = 1L;

    private final String runId;
    private final String prefix;

    BoardSink(String runId, String prefix) {
        this.runId = runId;
        this.prefix = prefix;
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) {
        return new Writer<>(Board.of(runId), prefix);
    }

    private record Writer<T>(Board board, String prefix) implements SinkWriter<T> {
        @Override
        public void write(T element, Context context) {
            board.line(prefix + Text.of(element));
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public void close() {}
    }
}
