package dev.weir.engine.job;

import dev.weir.engine.exchange.Control;
import dev.weir.engine.exchange.EdgeWriter;
import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.task.Processor;
import dev.weir.engine.task.TaskContext;

/** Small processors for tests. */
final class Programs {
    private Programs() {}

    /** Does nothing with what it gets; to be overridden. */
    static class Quiet implements Processor {
        TaskContext context;

        @Override
        public void open(TaskContext taskContext) throws Exception {
            context = taskContext;
        }

        @Override
        public boolean runMails() throws Exception {
            return false;
        }

        @Override
        public int onRecords(int input, int channel, RecordBatch batch, int from, int to) throws Exception {
            for (int i = from; i < to; i++) {
                onRecord(input, channel, batch.values()[i], batch.timestamps()[i]);
            }
            return to;
        }

        void onRecord(int input, int channel, Object value, long timestamp) throws Exception {}

        @Override
        public void onControl(int input, int channel, Control control) throws Exception {}

        @Override
        public void onEndOfInput(int input) throws Exception {}

        @Override
        public Progress pull(int input, int recordsMax) throws Exception {
            return Progress.END;
        }

        @Override
        public void finish(boolean drain) throws Exception {}

        @Override
        public void close() throws Exception {}
    }

    /** Emits the numbers of its subtask, {@code index, index + parallelism, ...}, in turns over the channels of output 0. */
    static final class Counter extends Quiet {
        private final long end;
        private long next;
        private int channel;

        Counter(long end) {
            this.end = end;
        }

        @Override
        public void open(TaskContext taskContext) {
            context = taskContext;
            next = taskContext.subtask().index();
        }

        @Override
        public Progress pull(int input, int recordsMax) {
            EdgeWriter out = context.outputs().get(0);
            for (int i = 0; i < recordsMax && next < end && !context.shouldYield(); i++) {
                out.emit(channel, next, next);
                channel = (channel + 1) % out.channels();
                next += context.subtask().parallelism();
            }
            return next < end ? Progress.MORE : Progress.END;
        }
    }

    /** A control element of an adapter. */
    static final class Mark extends Control {
        final long number;

        Mark(long number) {
            this.number = number;
        }
    }

    /** Emits records and marks for ever, until cancelled. */
    static final class Endless extends Quiet {
        @Override
        public Progress pull(int input, int recordsMax) {
            EdgeWriter out = context.outputs().get(0);
            for (int channel = 0; channel < out.channels() && !context.shouldYield(); channel++) {
                out.emit(channel, "record", EdgeWriter.NO_TIMESTAMP);
                out.emit(channel, new Mark(0));
            }
            return Progress.MORE;
        }
    }

    /** Passes its records on in turns over the channels of output 0. */
    static final class Relay extends Quiet {
        private int channel;

        @Override
        void onRecord(int input, int from, Object value, long timestamp) {
            EdgeWriter out = context.outputs().get(0);
            out.emit(channel, value, timestamp);
            channel = (channel + 1) % out.channels();
        }
    }
}
