// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

/// Deploys minimal proxies with CREATE and CREATE2.
contract Factory {
    event Cloned(address indexed clone);

    function clone(address implementation) external {
        emit Cloned(Clones.clone(implementation));
    }

    function cloneDeterministic(address implementation, bytes32 salt) external {
        emit Cloned(Clones.cloneDeterministic(implementation, salt));
    }
}
