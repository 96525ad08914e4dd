package dev.weir.flink.twin;

import org.apache.flink.streaming.api.operators.MultipleInputStreamOperator;
import org.apache.flink.streaming.api.operators.SourceOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamSource;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.operators.asyncprocessing.AsyncKeyOrderedProcessingOperator;

/** Why an operator is hosted, in words for the program's author. */
final class Hosting {
    private static final String FLINK = "org.apache.flink.";
    private static final String API_V2 = FLINK + "datastream.impl.";

    private Hosting() {}

    static String reason(StreamOperatorFactory<?> factory, Class<?> operator) {
        if (!factory.getClass().getName().startsWith(FLINK)) {
            return "made by a factory of the program's own, "
                    + factory.getClass().getName();
        }
        if (!operator.getName().startsWith(FLINK)) {
            return "an operator of the program's own, " + operator.getName();
        }
        if (SourceOperator.class.isAssignableFrom(operator)) {
            return "source, pulled by the task loop";
        }
        if (StreamSource.class.isAssignableFrom(operator)) {
            return "source function, on a thread of its own";
        }
        return "no native twin of " + described(operator);
    }

    private static String described(Class<?> operator) {
        String name = operator.getSimpleName();
        if (operator.getName().startsWith(API_V2)) {
            return name + " of DataStream V2";
        }
        if (AsyncKeyOrderedProcessingOperator.class.isAssignableFrom(operator)) {
            return name + ", which works with asynchronous state";
        }
        if (TwoInputStreamOperator.class.isAssignableFrom(operator)) {
            return name + ", which has two inputs";
        }
        if (MultipleInputStreamOperator.class.isAssignableFrom(operator)) {
            return name + ", which has many inputs";
        }
        return name;
    }
}
