package dev.weir.server.specimen;

/** A class of the server, for those that break a law by knowing it. */
public record Page(String path) {}
