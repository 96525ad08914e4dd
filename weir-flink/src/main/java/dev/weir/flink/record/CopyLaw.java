package dev.weir.flink.record;

/** What a copy has to be equal to. */
enum CopyLaw {
    /** {@code deserialize(serialize(x))}: what Flink's network gives the receiver. */
    ROUND_TRIP,
    /** {@code serializer.copy(x)}: what Flink gives the next operator of a chain when object reuse is off. */
    SERIALIZER_COPY
}
