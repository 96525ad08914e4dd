package org.example;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Its function holds what cannot be serialized. */
public final class NotSerializable {
    private NotSerializable() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        Object lock = new Object();
        env.fromData(1, 2, 3).map(number -> number + lock.hashCode()).print();
        env.execute("unserializable");
    }
}
