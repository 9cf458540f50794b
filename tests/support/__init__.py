"""What tests stand on: a hostile stand-in for the Hotline Topics API, which shares no code with the program.

    with HostileServer() as server:
        server.fault_for(1001, named("close_unanswered_applied"))      # one user's next request
        server.fault_next(named("hang_not_applied").lasting(1.0))      # whoever comes next
        ...                                                            # drive the program against server.url
        assert {} == server.duplicates()
        assert [] == complaints(claims, server.applied)

Every fault knows whether the message is applied (``applied``) and what a truthful client says (``decidable``,
``acceptable``), so a test can be parametrized over ``CATALOGUE``.
"""
