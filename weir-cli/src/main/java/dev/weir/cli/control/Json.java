package dev.weir.cli.control;

import java.io.IOException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.DeserializationFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** Views as JSON. Jackson is loaded by the first use, which most processes never have. */
final class Json {
    private static final ObjectMapper MAPPER =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    private Json() {}

    static byte[] write(Object view) throws IOException {
        return MAPPER.writeValueAsBytes(view);
    }

    static <T> T read(byte[] json, Class<T> view) throws IOException {
        T value = MAPPER.readValue(json, view);
        if (value == null) {
            throw new IOException("null is no " + view.getSimpleName());
        }
        return value;
    }
}
