package dev.weir.bench.program;

import dev.weir.bench.measure.Answer;
import dev.weir.bench.measure.Marks;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Lets results through and adds them up into the job's answer, which it leaves in two accumulators when it closes. */
public abstract class Check<T> extends RichMapFunction<T, T> {
    private static final String RECORDS = "check.records";
    private static final String CHECKSUM = "check.checksum";

    private final LongCounter records = new LongCounter();
    private final LongCounter checksum = new LongCounter();
    private long count;
    private long sum;

    @Override
    public void open(OpenContext context) {
        getRuntimeContext().addAccumulator(RECORDS, records);
        getRuntimeContext().addAccumulator(CHECKSUM, checksum);
    }

    @Override
    public final T map(T result) {
        count++;
        sum += hash(result);
        return result;
    }

    /** Of all that belongs to the answer. */
    protected abstract long hash(T result);

    @Override
    public void close() {
        records.add(count);
        checksum.add(sum);
        Marks.ofRun().leave();
    }

    /** Ends a job: checks the results and discards them. */
    static <T> void end(DataStream<T> results, Check<T> check) {
        results.map(check).returns(results.getType()).sinkTo(new DiscardingSink<>());
    }

    /** Of a job that has finished. */
    public static Answer answer(JobExecutionResult result) {
        long records = result.getAccumulatorResult(RECORDS);
        long checksum = result.getAccumulatorResult(CHECKSUM);
        return new Answer(records, checksum);
    }
}
