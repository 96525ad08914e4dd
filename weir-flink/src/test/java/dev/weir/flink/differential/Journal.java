package dev.weir.flink.differential;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** What the sinks of one run saw. Found by the run's id, since functions are copied for each subtask. Thread-safe. */
final class Journal {
    private static final Map<String, Journal> OPEN = new ConcurrentHashMap<>();

    private final Map<String, List<String>> lines = new TreeMap<>();

    private Journal() {}

    static void drop(String run) {
        OPEN.remove(run);
    }

    static Journal of(String run) {
        return OPEN.computeIfAbsent(run, id -> new Journal());
    }

    /** By sink and subtask, in the order of arrival. */
    Map<String, List<String>> lines() {
        synchronized (lines) {
            return new TreeMap<>(lines);
        }
    }

    private List<String> page(String name) {
        synchronized (lines) {
            return lines.computeIfAbsent(name, key -> new ArrayList<>());
        }
    }

    /** A sink whose subtasks write under its name and their number. */
    static <T> Sink<T> sink(String run, String name) {
        return new Writing<>(run, name);
    }

    private record Writing<T>(String run, String name) implements Sink<T>, Serializable {
        @Override
        public SinkWriter<T> createWriter(WriterInitContext context) {
            return new Writer<>(of(run).page(name + "/" + context.getTaskInfo().getIndexOfThisSubtask()));
        }
    }

    private record Writer<T>(List<String> page) implements SinkWriter<T> {
        @Override
        public void write(T element, Context context) {
            page.add(element + " at " + context.timestamp() + " behind " + context.currentWatermark());
        }

        @Override
        public void writeWatermark(Watermark watermark) {
            page.add("watermark " + watermark.getTimestamp());
        }

        @Override
        public void flush(boolean endOfInput) {
            page.add("flush, " + (endOfInput ? "at the end" : "before it"));
        }

        @Override
        public void close() {}
    }
}
